"""From what a person says on the command line to a run that may begin."""
