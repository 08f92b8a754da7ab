package iac

var libvirtDamages = []damage{}
