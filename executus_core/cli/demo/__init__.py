"""What answers without a model: a script, which asks real tools about the files of the working folder.

model       the scripted model: replays a script over the transcript
scripts     which script answers which prompt, and the short ones
survey      the long one: looks around in a folder
phrases     what a prompt asks for, read by rules
words       what the tools said, put into words
wish        what a script says and hears
plugin      how a run gets all that
"""
