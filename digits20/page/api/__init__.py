"""What the page's server is asked and answers: the table of its routes, their schemas, and how an answer is sent."""
