package sim

import (
	"strconv"
	"strings"
)

// A Model is a kind of equipment in the demonstration hospital. Names and
// software versions follow published facts (the advisories in data/csaf name
// them); hosts, serial numbers and bills are made up.
type Model struct {
	Class        string
	Manufacturer string
	Name         string
	Versions     []string // of software; a device runs one of them
	Systems      []string // operating systems, as the inventory of record writes them
	OUI          [3]byte  // the vendor's, or its network module's, hardware prefix
	Hostname     string   // prefix of the host name asked for by DHCP
	VendorClass  string   // DHCP option 60
	UserAgent    string
	TLSName      string // server name asked for in TLS
	MDC          string // OBX-3 of its top object, when it speaks PCD-01
	Modality     string // when it speaks DICOM
	Wanders      bool   // on wheels or worn: its address is another one each day
	Where        string // "ICU 90, Ward 3A 40": how many stand in which unit
	Parts        []Part
	InBill       bool // the hospital has a bill of materials for it
	Cloud        bool // at a patient's home: known only from its vendor's cloud
}

// A Part is a component in a model's bill of materials.
type Part struct {
	Name, Version, PURL, CPE string
}

// A Unit is a part of a site that cares for patients.
type Unit struct {
	Site, Name string
}

// The sites of the demonstration hospital.
const (
	general   = "Demo General"
	riverside = "Demo Riverside"
	homes     = "Patients' homes"
)

// homeCare is the programme that the devices in patients' homes belong to.
// Where a patient lives is not known here, and need not be.
const homeCare = "Home care"

// units are the twelve units of two sites, in the order of their address
// ranges.
var units = []Unit{
	{general, "ICU"}, {general, "ED"}, {general, "OR"}, {general, "Ward 3A"}, {general, "Ward 4B"}, {general, "Radiology"}, {general, "NICU"}, {general, "Laboratory"},
	{riverside, "Urgent care"}, {riverside, "Ward R1"}, {riverside, "Dialysis"}, {riverside, "Cardiology"},
}

// count returns how many of the model stand in unit.
func (m *Model) count(unit string) int {
	for part := range strings.SplitSeq(m.Where, ", ") {
		if i := strings.LastIndexByte(part, ' '); i > 0 && part[:i] == unit {
			n, _ := strconv.Atoi(part[i+1:])
			return n
		}
	}
	return 0
}

const (
	pumpMDS    = "69985^MDC_DEV_PUMP_INFUS_MDS^MDC"
	monitorMDS = "69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC"
	ventMDS    = "70001^MDC_DEV_SYS_PT_VENT_MDS^MDC"
)

var (
	pythonGateway = []Part{
		{"urllib3", "1.26.4", "pkg:pypi/urllib3@1.26.4", ""},
		{"requests", "2.25.1", "pkg:pypi/requests@2.25.1", ""},
		{"Pillow", "8.1.0", "pkg:pypi/pillow@8.1.0", ""},
		{"PyYAML", "5.3.1", "pkg:pypi/pyyaml@5.3.1", ""},
	}
	webConsole = []Part{
		{"jquery", "3.1.1", "pkg:npm/jquery@3.1.1", ""},
		{"Newtonsoft.Json", "9.0.1", "pkg:nuget/Newtonsoft.Json@9.0.1", "cpe:2.3:a:newtonsoft:json.net:9.0.1:*:*:*:*:*:*:*"},
	}
	pumpFirmware = []Part{
		{"FreeRTOS", "10.0.1", "", "cpe:2.3:o:amazon:freertos:10.0.1:*:*:*:*:*:*:*"},
		{"wolfSSL", "4.8.1", "pkg:generic/wolfssl@4.8.1", "cpe:2.3:a:wolfssl:wolfssl:4.8.1:*:*:*:*:*:*:*"},
	}
)
