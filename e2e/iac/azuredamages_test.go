package iac

var azureDamages = []damage{}
