package vuln_test

import (
	"testing"

	"bedrail/sbom"
	"bedrail/vuln"
)

// TestEveryEcosystemHasItsOwnOrder asks, for each ecosystem that a purl can
// name, whether a version lies before a bound where the order of characters
// says the contrary, or where another ecosystem would.
func TestEveryEcosystemHasItsOwnOrder(t *testing.T) {
	for purl, c := range map[string]struct {
		ecosystem, name, fixed string
		want                   string
	}{
		"pkg:golang/example.org/m@v1.9.0":                                         {"Go", "example.org/m", "1.10.0", "affected"},
		"pkg:golang/example.org/m@v2.0.0+incompatible":                            {"Go", "example.org/m", "2.0.0", "none"},
		"pkg:golang/example.org/m@v0.0.0-20190101000000-0123456789ab":             {"Go", "example.org/m", "0.0.0-20200101000000-0123456789ab", "affected"},
		"pkg:npm/left@1.10.0-rc.1":                                                {"npm", "left", "1.10.0", "affected"},
		"pkg:npm/left@1.10.0":                                                     {"npm", "left", "1.9.0", "none"},
		"pkg:pypi/x@1.0.post1":                                                    {"PyPI", "x", "1.0", "none"},
		"pkg:pypi/x@1.0rc1":                                                       {"PyPI", "x", "1.0", "affected"},
		"pkg:pypi/x@1!0.5":                                                        {"PyPI", "x", "2.0", "none"},
		"pkg:maven/g/a@1.0-SNAPSHOT":                                              {"Maven", "g:a", "1.0", "affected"},
		"pkg:maven/g/a@1.0-sp":                                                    {"Maven", "g:a", "1.0", "none"},
		"pkg:nuget/X@1.2.3.10":                                                    {"NuGet", "x", "1.2.3.9", "none"},
		"pkg:cargo/x@0.10.0":                                                      {"crates.io", "x", "0.9.9", "none"},
		"pkg:gem/x@1.0.0.pre":                                                     {"RubyGems", "x", "1.0.0", "affected"},
		"pkg:composer/v/x@1.0.0-beta2":                                            {"Packagist", "v/x", "1.0.0-RC1", "affected"},
		"pkg:hex/x@1.10.0":                                                        {"Hex", "x", "1.9.0", "none"},
		"pkg:pub/x@1.10.0":                                                        {"Pub", "x", "1.9.0", "none"},
		"pkg:cran/x@1.2-10":                                                       {"CRAN", "x", "1.2-9", "none"},
		"pkg:hackage/x@1.10":                                                      {"Hackage", "x", "1.9", "none"},
		"pkg:julia/X@1.10.0":                                                      {"Julia", "x", "1.9.0", "none"},
		"pkg:conan/x@1.10":                                                        {"ConanCenter", "x", "1.9", "none"},
		"pkg:swift/github.com/o/x@1.10.0":                                         {"SwiftURL", "github.com/o/x", "1.9.0", "none"},
		"pkg:bitnami/x@1.10.0":                                                    {"Bitnami", "x", "1.9.0", "none"},
		"pkg:deb/debian/x@1.0~rc1-1?distro=debian-11":                             {"Debian:11", "x", "1.0-1", "affected"},
		"pkg:deb/debian/x@1:0.9-1?distro=debian-11":                               {"Debian:11", "x", "1.0-1", "none"},
		"pkg:deb/debian/x@0.9-1?distro=bullseye":                                  {"Debian:11", "x", "1.0-1", "affected"},
		"pkg:deb/debian/x@0.9-1?distro=debian-12":                                 {"Debian:11", "x", "1.0-1", "none"},
		"pkg:deb/debian/x@0.9-1":                                                  {"Debian:11", "x", "1.0-1", "undecidable"},
		"pkg:deb/debian/libx1@0.9-1?distro=debian-11&upstream=x":                  {"Debian:11", "x", "1.0-1", "affected"},
		"pkg:deb/debian/libx1@2.0-1?distro=debian-11&upstream=x@0.9-1":            {"Debian:11", "x", "1.0-1", "affected"},
		"pkg:deb/ubuntu/x@1.0-1ubuntu9?distro=jammy":                              {"Ubuntu:22.04:LTS", "x", "1.0-1ubuntu10", "affected"},
		"pkg:deb/ubuntu/x@1.0-1ubuntu9?distro=ubuntu-22.04":                       {"Ubuntu:Pro:22.04:LTS", "x", "1.0-1ubuntu10", "none"},
		"pkg:apk/alpine/x@1.0_rc1-r0?distro=alpine-3.18.4":                        {"Alpine:v3.18", "x", "1.0-r0", "affected"},
		"pkg:apk/alpine/x@1.0-r10?distro=alpine-3.18.4":                           {"Alpine:v3.18", "x", "1.0-r9", "none"},
		"pkg:rpm/redhat/x@1.0-9.el8?distro=rhel-8.4":                              {"Red Hat:enterprise_linux:8::baseos", "x", "1.0-10.el8", "affected"},
		"pkg:rpm/redhat/x@1.0-9.el9?distro=rhel-9.1":                              {"Red Hat:enterprise_linux:8::baseos", "x", "1.0-10.el8", "none"},
		"pkg:rpm/rocky/x@1.0-9.el8?distro=rocky-8.5":                              {"Rocky Linux:8", "x", "1.0-10.el8", "affected"},
		"pkg:rpm/almalinux/x@0.9-1.el8?epoch=1&distro=almalinux-8.5":              {"AlmaLinux:8", "x", "1.0-10.el8", "none"},
		"pkg:rpm/suse/x@1.0-9?distro=sles-15.3":                                   {"SUSE:Linux Enterprise Server 15 SP3", "x", "1.0-10", "affected"},
		"pkg:apk/wolfi/x@1.10-r0":                                                 {"Wolfi", "x", "1.9-r0", "none"},
		"pkg:pypi/x@not-a-version":                                                {"PyPI", "x", "1.0", "undecidable"},
		"pkg:npm/left":                                                            {"npm", "left", "1.0.0", "undecidable"},
		"pkg:golang/example.org/m@(devel)":                                        {"Go", "example.org/m", "1.0.0", "undecidable"},
		"pkg:npm/left@1.0.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fx#sub/folder": {"npm", "left", "1.0.1", "affected"},
	} {
		ecosystem, release := c.ecosystem, ""
		for i, r := range c.ecosystem {
			if r == ':' {
				ecosystem, release = c.ecosystem[:i], c.ecosystem[i+1:]
				break
			}
		}
		x := indexOf(vuln.Advisory{ID: "CVE-1", Source: "s", Packages: []vuln.Package{{Ecosystem: ecosystem, Release: release, Name: c.name, Ranges: []vuln.Range{{{Introduced: "0"}, {Fixed: c.fixed}}}}}})
		if got, _, reason := answer(t, x.Component(sbom.Component{Name: "x", PURL: purl}, nil)); got != c.want {
			t.Errorf("%s before %s: got %s (%s), want %s", purl, c.fixed, got, reason, c.want)
		}
	}
}

func TestNamesOfOneWeaknessAreOneAnswer(t *testing.T) {
	pkg := func(fixed string) []vuln.Package {
		return []vuln.Package{{Ecosystem: "npm", Name: "left", Ranges: []vuln.Range{{{Introduced: "0"}, {Fixed: fixed}}}}}
	}
	x := indexOf(
		vuln.Advisory{ID: "GHSA-a", Source: "osv:GHSA-a", Aliases: []string{"CVE-2026-1"}, Packages: pkg("2.0.0")},
		vuln.Advisory{ID: "GO-1", Source: "osv:GO-1", Aliases: []string{"GHSA-a"}, Packages: pkg("1.5.0")},
		vuln.Advisory{ID: "CVE-2026-2", Source: "cve:CVE-2026-2", Withdrawn: true, Aliases: []string{"CVE-2026-1"}, Packages: pkg("9.0.0")},
		vuln.Advisory{ID: "CVE-2026-2", Source: "osv:x", Packages: pkg("0.5.0")},
	)
	found := x.Component(sbom.Component{Name: "left", PURL: "pkg:npm/left@1.0.0"}, nil)
	if len(found) != 1 || found[0].Vulnerability != "CVE-2026-1" || len(found[0].Aliases) != 2 || len(found[0].Sources) != 2 {
		t.Errorf("got %+v; want one answer under the CVE number, with two aliases and two sources; what was withdrawn binds nothing", found)
	}
}
