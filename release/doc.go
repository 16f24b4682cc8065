// Package release gives what the exchange carried to analytics: only the
// fields that a recipient needs for a stated purpose, without who the patients
// are, and with the risk that is left.
package release
