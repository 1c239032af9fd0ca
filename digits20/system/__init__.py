"""Files, whole or not at all; files of strangers; Ctrl-C; and what is shipped."""
