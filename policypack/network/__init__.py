"""What policies ask about networks: addresses, ports, security groups, subnets."""
