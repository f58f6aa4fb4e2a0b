"""A stand-in for LINE: the Messaging API with LINE's own rules, on this machine, with no account and no real person."""
