package iac

var gceDamages = []damage{}
