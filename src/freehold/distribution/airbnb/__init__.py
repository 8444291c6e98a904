"""Reading the public listing files of Inside Airbnb: text in, facts and a report of every repair out."""
