"""Pictures that training adds to a data set: digits in other styles, and pictures of no digit."""
