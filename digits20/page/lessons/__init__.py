"""The Learn tab: a training that the page starts, watches and changes, in a process of its own."""
