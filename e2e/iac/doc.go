// Package iac hands what providers emit for Terraform to Terraform itself (or to
// OpenTofu), to linters and to a scanner, and looks into the plans: what is
// open, where disks are encrypted, which addresses machines get.
//
// No cloud and no registry is asked. In the place of each provider stands one
// that knows its schema and nothing else (schemaprovider): the test program
// itself, under the provider's name.
//
// INPUTS: the program, built from the parent module; docs/examples and testdata.
// OUTPUTS: none.
package iac
