"""What the work on this repository needs and the policy pack itself does not: never imported by `policypack`."""
