"""What can be told of a function without running it: its flow, and domains of values over it."""
