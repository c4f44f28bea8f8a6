"""The tools that come with the command line: list, read, search and count files of the folder, and write nothing."""
