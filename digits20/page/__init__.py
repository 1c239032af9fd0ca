"""`digits20 page`: a local web page on which one draws or uploads digits and sees the model's predictions."""
