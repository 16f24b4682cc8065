// Command bedrail watches a hospital's network, knows every device on it, and
// says which beds are exposed and what to do about it.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
