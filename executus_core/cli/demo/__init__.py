"""What `executus run` does without a model: a script asks real tools about the files of the working folder.

model       the scripted model: replays a script over the transcript
scripts     which script answers which prompt, and the short ones
survey      the long one: looks around in a folder
phrases     what a prompt asks for, read by rules
words       what the tools said, put into words
wish        what a script says and hears
tools       the tools: list, read, search and count, and nothing that writes
workspace   the folder that they may not leave
plugin      how a run gets all that
"""
