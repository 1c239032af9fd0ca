"""The local page: draw or upload a digit, see what the network sees. Only `python -m digits20.page` imports this."""
