package purl

import "strings"

// Ecosystem returns the name of p's ecosystem as OSV advisories write it, the
// release of it when p says one ("11" of "Debian:11"), and the package's name
// in canonical form. The ecosystem is empty for types whose names are not
// managed by a registry (generic, github): those are known by CPE and name
// only.
func (p PURL) Ecosystem() (ecosystem, release, name string) {
	switch p.Type {
	case "golang":
		ecosystem, name = "Go", join(p, "/")
	case "npm":
		ecosystem, name = "npm", join(p, "/")
	case "pypi":
		ecosystem, name = "PyPI", p.Name
	case "nuget":
		ecosystem, name = "NuGet", p.Name
	case "maven":
		ecosystem, name = "Maven", join(p, ":")
	case "cargo":
		ecosystem, name = "crates.io", p.Name
	case "gem":
		ecosystem, name = "RubyGems", p.Name
	case "composer":
		ecosystem, name = "Packagist", join(p, "/")
	case "hex":
		ecosystem, name = "Hex", p.Name
	case "pub":
		ecosystem, name = "Pub", p.Name
	case "conan":
		ecosystem, name = "ConanCenter", p.Name
	case "cran":
		ecosystem, name = "CRAN", p.Name
	case "hackage":
		ecosystem, name = "Hackage", p.Name
	case "julia":
		ecosystem, name = "Julia", p.Name
	case "swift":
		ecosystem, name = "SwiftURL", join(p, "/")
	case "bitnami":
		ecosystem, name = "Bitnami", p.Name
	case "deb", "apk", "rpm":
		ecosystem, release = p.distribution()
		name = p.Name
	}
	return ecosystem, release, Canonical(ecosystem, name)
}

func join(p PURL, by string) string {
	if p.Namespace == "" {
		return p.Name
	}
	return p.Namespace + by + p.Name
}

// distributions maps the namespace of a system package to its ecosystem.
var distributions = map[string]string{
	"debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "wolfi": "Wolfi", "chainguard": "Chainguard",
	"redhat": "Red Hat", "rocky": "Rocky Linux", "almalinux": "AlmaLinux", "suse": "SUSE", "opensuse": "openSUSE",
	"openeuler": "openEuler", "mageia": "Mageia",
}

func (p PURL) distribution() (ecosystem, release string) {
	ecosystem = distributions[strings.ToLower(p.Namespace)]
	release = p.Qualifiers["distro"]
	if _, after, ok := strings.Cut(release, "-"); ok {
		release = after // "debian-11" and "alpine-3.18.4"
	}
	switch ecosystem {
	case "Alpine":
		if parts := strings.SplitN(release, ".", 3); len(parts) >= 2 {
			release = "v" + parts[0] + "." + parts[1]
		}
	case "Debian", "Ubuntu":
		if number, ok := codenames[strings.ToLower(release)]; ok {
			release = number
		}
		if ecosystem == "Debian" {
			release, _, _ = strings.Cut(release, ".")
		}
	}
	return ecosystem, release
}

// codenames are the releases of Debian and Ubuntu that some tools write by
// name.
var codenames = map[string]string{
	"wheezy": "7", "jessie": "8", "stretch": "9", "buster": "10", "bullseye": "11", "bookworm": "12", "trixie": "13", "sid": "",
	"trusty": "14.04", "xenial": "16.04", "bionic": "18.04", "focal": "20.04", "jammy": "22.04", "noble": "24.04",
}

// Source returns the name and version of the source package that a system
// package was built from, which Debian's and Alpine's advisories name. Both are
// empty when p does not say one, and the version also when it is the same.
func (p PURL) Source() (name, version string) {
	if p.Type != "deb" && p.Type != "apk" {
		return "", ""
	}
	name, version, _ = strings.Cut(p.Qualifiers["upstream"], "@")
	return name, version
}

// FullVersion returns the version with the epoch that an rpm's purl keeps
// apart (purl type definition of rpm).
func (p PURL) FullVersion() string {
	if epoch := p.Qualifiers["epoch"]; p.Type == "rpm" && epoch != "" && epoch != "0" && p.Version != "" && !strings.Contains(p.Version, ":") {
		return epoch + ":" + p.Version
	}
	return p.Version
}

// Canonical returns name in the form under which an ecosystem's names are
// equal when they mean the same package.
func Canonical(ecosystem, name string) string {
	switch ecosystem {
	case "PyPI":
		return pep503(name)
	case "Maven", "":
		return name
	}
	// Go paths are case-sensitive by the letter, yet advisories exist under
	// several spellings of one module, and no two modules differ by case only.
	return strings.ToLower(name)
}

// pep503 folds case and runs of hyphen, underscore and dot.
func pep503(name string) string {
	b := make([]byte, 0, len(name))
	for _, c := range []byte(strings.ToLower(name)) {
		if c == '_' || c == '.' {
			c = '-'
		}
		if c == '-' && len(b) > 0 && b[len(b)-1] == '-' {
			continue
		}
		b = append(b, c)
	}
	return string(b)
}
