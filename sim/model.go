package sim

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
	Units        map[string]int
	Parts        []Part
	InBill       bool // the hospital has a bill of materials for it
	CareRole     string
}

// A Part is a component in a model's bill of materials.
type Part struct {
	Name, Version, PURL, CPE string
}

// The units of the demonstration hospital.
const (
	icu       = "ICU"
	emergency = "ED"
	theatre   = "OR"
	ward3     = "Ward 3A"
	ward4     = "Ward 4B"
	radiology = "Radiology"
)

// Unit names in the order of their address ranges.
var units = []string{icu, emergency, theatre, ward3, ward4, radiology}

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

// models lists the twenty models of the hospital, 300 devices in all.
var models = []Model{
	{Class: "infusion-pump", Manufacturer: "BD", Name: "Alaris PC Unit Model 8015", Versions: []string{"9.33.1", "12.3.0"}, OUI: [3]byte{0x00, 0xd0, 0x75}, Hostname: "ALARIS", MDC: pumpMDS,
		Units: map[string]int{icu: 24, emergency: 10, theatre: 8, ward3: 8, ward4: 8}, Parts: pumpFirmware, InBill: true, CareRole: "therapy"},
	{Class: "infusion-pump", Manufacturer: "B. Braun Medical", Name: "SpaceCom", Versions: []string{"U61", "U75"}, OUI: [3]byte{0x00, 0x12, 0x21}, Hostname: "spacecom", MDC: pumpMDS,
		Units: map[string]int{ward3: 8, ward4: 8}, Parts: pumpFirmware[1:], InBill: true, CareRole: "therapy"},
	{Class: "infusion-pump", Manufacturer: "Baxter", Name: "Sigma Spectrum", Versions: []string{"8.00.02"}, OUI: [3]byte{0x58, 0x46, 0xe1}, Hostname: "SIGMA", MDC: pumpMDS,
		Units: map[string]int{ward4: 10}, CareRole: "therapy"},
	{Class: "patient-monitor", Manufacturer: "Philips", Name: "IntelliVue MX800", Versions: []string{"N.02.10"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "MX800", MDC: monitorMDS,
		Units: map[string]int{icu: 22, theatre: 8}, CareRole: "monitoring"},
	{Class: "telemetry", Manufacturer: "Philips", Name: "IntelliVue MX40", Versions: []string{"B.05.32", "C.01.06"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "MX40", MDC: monitorMDS,
		Units: map[string]int{ward3: 10, ward4: 8}, CareRole: "monitoring"},
	{Class: "patient-monitor", Manufacturer: "GE Healthcare", Name: "B650", Versions: []string{"1.4", "2.0.3"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "B650", MDC: monitorMDS,
		Units: map[string]int{emergency: 12}, CareRole: "monitoring"},
	{Class: "patient-monitor", Manufacturer: "Draeger", Name: "Infinity Delta", Versions: []string{"VF9.2"}, OUI: [3]byte{0x00, 0x10, 0x5d}, Hostname: "DELTA", MDC: monitorMDS,
		Units: map[string]int{ward3: 8, ward4: 8}, CareRole: "monitoring"},
	{Class: "ventilator", Manufacturer: "Hamilton Medical", Name: "T1 Ventilator", Versions: []string{"2.2.3", "3.0.0"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "HAMILTON-T1", MDC: ventMDS,
		Units: map[string]int{icu: 10, emergency: 4}, CareRole: "life-sustaining"},
	{Class: "patient-monitor", Manufacturer: "Baxter", Name: "Welch Allyn Connex Spot Monitor", Versions: []string{"1.50", "1.53"}, OUI: [3]byte{0x58, 0x46, 0xe1}, Hostname: "CSM", MDC: monitorMDS,
		Units: map[string]int{emergency: 6, ward3: 8, ward4: 8}, Parts: webConsole[:1], InBill: true, CareRole: "monitoring"},
	{Class: "smart-bed", Manufacturer: "Stryker", Name: "S3 MedSurg Bed", Versions: []string{"3002 S3"}, OUI: [3]byte{0x00, 0x23, 0xa7}, Hostname: "ibed", VendorClass: "iBed Wireless",
		Units: map[string]int{ward3: 15, ward4: 15}, CareRole: "therapy"},
	{Class: "ct-scanner", Manufacturer: "Philips", Name: "Brilliance 64", Versions: []string{"2.6.2"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "CT64", Modality: "CT",
		Units: map[string]int{radiology: 2}, CareRole: "diagnosis"},
	{Class: "mr-scanner", Manufacturer: "Siemens Healthineers", Name: "MAGNETOM Aera", Versions: []string{"syngo MR E11"}, OUI: [3]byte{0x00, 0x0e, 0x8c}, Hostname: "MRAERA", Modality: "MR",
		Units: map[string]int{radiology: 2}, CareRole: "diagnosis"},
	{Class: "ultrasound", Manufacturer: "Philips", Name: "EPIQ", Versions: []string{"VM5.0", "VM9.0.5"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "EPIQ", Modality: "US",
		Units: map[string]int{radiology: 4, emergency: 3, icu: 1}, CareRole: "diagnosis"},
	{Class: "x-ray", Manufacturer: "GE Healthcare", Name: "Optima XR220", Versions: []string{"4.1"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "XR220", Modality: "DX",
		Units: map[string]int{radiology: 2, icu: 1, emergency: 1}, CareRole: "diagnosis"},
	{Class: "pacs", Manufacturer: "Philips", Name: "Vue PACS", Versions: []string{"12.2.1"}, OUI: [3]byte{0x00, 0x50, 0x56}, Hostname: "VUEPACS",
		Units: map[string]int{radiology: 1}, Parts: webConsole, InBill: true, CareRole: "diagnosis"},
	{Class: "medication-cabinet", Manufacturer: "BD", Name: "Pyxis MedStation ES System", Versions: []string{"1.6.1", "1.7.4"}, Systems: []string{"Windows 7", "Windows 10"}, OUI: [3]byte{0x48, 0x4d, 0x7e}, Hostname: "PYXIS", VendorClass: "MSFT 5.0",
		UserAgent: "PyxisES/1.6 (Windows NT 6.1)", Units: map[string]int{icu: 2, emergency: 2, theatre: 1, ward3: 2, ward4: 2}, Parts: webConsole, InBill: true, CareRole: "therapy"},
	{Class: "gateway", Manufacturer: "Capsule Technologies", Name: "SmartLinx Neuron 2", Versions: []string{"9.0.3"}, OUI: [3]byte{0x00, 0x0d, 0xb9}, Hostname: "NEURON",
		Units: map[string]int{icu: 4, ward3: 2}, Parts: pythonGateway, InBill: true, CareRole: "monitoring"},
	{Class: "integration-engine", Manufacturer: "Demo Systems", Name: "Interface Engine", Versions: []string{"4.2"}, OUI: [3]byte{0x00, 0x50, 0x56}, Hostname: "ENGINE",
		Units: map[string]int{radiology: 1}, Parts: pythonGateway, InBill: true},
	{Class: "workstation", Manufacturer: "Dell", Name: "OptiPlex 7060", Systems: []string{"Windows 10", "Windows 7"}, OUI: [3]byte{0x48, 0x4d, 0x7e}, Hostname: "WS", VendorClass: "MSFT 5.0",
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", TLSName: "portal.demo.example", Units: map[string]int{icu: 5, emergency: 7, theatre: 4, ward3: 6, ward4: 6, radiology: 6}},
	{Class: "printer", Manufacturer: "HP", Name: "LaserJet Enterprise M507", Versions: []string{"FS 4.11"}, OUI: [3]byte{0x3c, 0x52, 0x82}, Hostname: "NPI", VendorClass: "Hewlett-Packard LaserJet",
		Units: map[string]int{icu: 1, emergency: 1, theatre: 1, ward3: 1, ward4: 1, radiology: 2}},
}
