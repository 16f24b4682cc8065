package rule

import (
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Rejected says why a fingerprint could not become a rule.
type Rejected struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type recogFile struct {
	Matches      string `xml:"matches,attr"`
	Protocol     string `xml:"protocol,attr"`
	Fingerprints []struct {
		Pattern     string `xml:"pattern,attr"`
		Flags       string `xml:"flags,attr"`
		Description string `xml:"description"`
		Examples    []struct {
			Encoding string `xml:"_encoding,attr"`
			File     string `xml:"_filename,attr"`
			Text     string `xml:",chardata"`
		} `xml:"example"`
		Params []struct {
			Pos   int    `xml:"pos,attr"`
			Name  string `xml:"name,attr"`
			Value string `xml:"value,attr"`
		} `xml:"param"`
	} `xml:"fingerprint"`
}

// recogField says which of our fields a recog file reads.
func recogField(matches string) (field, from string) {
	switch matches {
	case "snmp.sys_description":
		return "banner", "snmp"
	case "http_header.server":
		return "banner", "http"
	case "http_header.wwwauth":
		return "banner", "http"
	case "ssh.banner":
		return "banner", "ssh"
	case "telnet": // the file of its banners names only the protocol
		return "banner", "telnet"
	case "sip_header.user_agent":
		return "banner", "sip"
	case "dhcp_vendor_class":
		return "vendorClass", ""
	case "x509.subject":
		return "certificate", ""
	}
	return "", ""
}

// ImportRecog turns the fingerprints of a recog file that name a device into
// rules, and says of each other why it was left out. Patterns with
// look-arounds or references back have no equal in RE2.
func ImportRecog(name string, r io.Reader) (yamlText []byte, rejected []Rejected, err error) {
	var in recogFile
	d := xml.NewDecoder(io.LimitReader(r, maxFile))
	if err := d.Decode(&in); err != nil {
		return nil, nil, fmt.Errorf("%s is no recog file: %w", name, err)
	}
	if in.Matches == "" {
		in.Matches = in.Protocol
	}
	field, from := recogField(in.Matches)
	if field == "" {
		return nil, nil, fmt.Errorf("%s: Bedrail keeps no text of the kind %q", name, in.Matches)
	}
	base := strings.TrimSuffix(name, ".xml")
	out := file{Pack: "recog-" + base, Version: "1", License: "BSD-2-Clause", Notice: "from recog, © Rapid7, Inc.; BSD-2-Clause"}
	for i, fp := range in.Fingerprints {
		rule := &Rule{ID: "recog-" + base + "-" + strconv.Itoa(i+1), Field: field, From: from, Match: fp.Pattern, Gives: map[string]string{}, Weight: 0.5,
			Cite: "recog, " + name + ": " + strings.Join(strings.Fields(fp.Description), " ")}
		if strings.Contains(fp.Flags, "REG_ICASE") {
			rule.Match = "(?i)" + rule.Match
		}
		reject := func(format string, args ...any) {
			rejected = append(rejected, Rejected{rule.ID + " " + strings.Join(strings.Fields(fp.Description), " "), fmt.Sprintf(format, args...)})
		}
		for _, p := range fp.Params {
			value := p.Value
			if p.Pos > 0 {
				value = "$" + strconv.Itoa(p.Pos)
			}
			switch p.Name {
			case "hw.vendor":
				rule.Gives["manufacturer"] = value
			case "hw.product":
				rule.Gives["model"] = value
			case "hw.device":
				if class := recogClass(value); class != "" {
					rule.Gives["class"] = class
				}
			}
		}
		for _, e := range fp.Examples {
			if e.Encoding == "" && e.File == "" && strings.TrimSpace(e.Text) != "" {
				rule.Yes = append(rule.Yes, strings.TrimSpace(e.Text))
			}
		}
		maps.DeleteFunc(rule.Gives, func(_, v string) bool { return strings.Contains(v, "{") })
		pattern, err := regexp.Compile(rule.Match)
		switch {
		case err != nil:
			reject("RE2 cannot hold its pattern: %v", err)
		case rule.Gives["manufacturer"] == "" && rule.Gives["model"] == "":
			reject("it names no device, only software")
		case len(rule.Yes) == 0:
			reject("it has no example in plain text")
		case slices.ContainsFunc(rule.Yes, func(e string) bool { return !pattern.MatchString(e) }):
			reject("its pattern does not match its own example in RE2")
		default:
			if err := rule.check(); err != nil {
				reject("%v", err)
				continue
			}
			out.Rules = append(out.Rules, rule)
		}
	}
	yamlText, err = yaml.Marshal(out)
	return yamlText, rejected, err
}

func recogClass(device string) string {
	switch device {
	case "Router", "Switch", "WAP", "Firewall", "Broadband Router", "Wireless Controller", "VPN", "Security Appliance", "IPS", "SD-WAN Appliance":
		return "network"
	case "Printer", "Print Server", "Multifunction Device":
		return "printer"
	case "IP Camera", "Web Cam", "DVR", "Video Encoder":
		return "camera"
	case "VoIP", "Mobile Phone", "SIP Device":
		return "phone"
	case "Laptop", "Desktop", "Thin Client":
		return "workstation"
	case "Device Server", "SIP Gateway", "VoIP Gateway":
		return "gateway"
	case "NAS", "Lights Out Management", "Hypervisor", "Storage":
		return "server"
	case "Building Automation":
		return "building-automation"
	}
	return ""
}
