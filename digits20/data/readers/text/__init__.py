"""Tables in text: CSV and its dialects, LIBSVM and ARFF."""
