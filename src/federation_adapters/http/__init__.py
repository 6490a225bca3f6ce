"""One way to speak HTTP: time-outs, authentication, retries, bounds and error translation; it knows no Waldur."""
