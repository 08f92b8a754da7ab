// Package providers holds the table of all providers, in the order in which
// help and documentation show them.
package providers
