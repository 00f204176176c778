"""`bin/bench sale`: the whole sale on the website, up to the delivered email and SMS."""
