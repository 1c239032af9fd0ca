"""Folders of labelled pictures: which there are, what they show, and each as an image."""
