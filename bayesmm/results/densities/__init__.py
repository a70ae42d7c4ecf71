"""Log likelihood and log prior at the draws, by rows and by groups."""
