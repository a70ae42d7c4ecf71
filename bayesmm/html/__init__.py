"""Tables as HTML: safe, plain, and in the colours of whatever page they stand on."""
