"""What providers sell: offerings, their components and pricing plans."""
