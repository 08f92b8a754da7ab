package iac

var openstackDamages = []damage{}
