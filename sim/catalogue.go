package sim

// models lists the forty models of the hospital, 2,000 devices in all.
var models = []Model{
	// What drips.
	{Class: "infusion-pump", Manufacturer: "BD", Name: "Alaris PC Unit Model 8015", Versions: []string{"9.33.1", "12.3.0"}, OUI: [3]byte{0x00, 0xd0, 0x75}, Hostname: "ALARIS", MDC: pumpMDS, Wanders: true,
		Where: "ICU 90, ED 30, OR 24, Ward 3A 40, Ward 4B 40, NICU 20, Urgent care 14, Ward R1 30", Parts: pumpFirmware, InBill: true},
	{Class: "infusion-pump", Manufacturer: "B. Braun Medical", Name: "SpaceCom", Versions: []string{"U61", "U75"}, OUI: [3]byte{0x00, 0x12, 0x21}, Hostname: "spacecom", MDC: pumpMDS, Wanders: true,
		Where: "Ward 3A 24, Ward 4B 24, Ward R1 20", Parts: pumpFirmware[1:], InBill: true},
	{Class: "infusion-pump", Manufacturer: "Baxter", Name: "Sigma Spectrum", Versions: []string{"8.00.02"}, OUI: [3]byte{0x58, 0x46, 0xe1}, Hostname: "SIGMA", MDC: pumpMDS, Wanders: true,
		Where: "Ward 4B 24, Ward R1 24, Cardiology 12"},
	{Class: "infusion-pump", Manufacturer: "Smiths Medical", Name: "Medfusion 4000", Versions: []string{"1.5.0", "1.6.1"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "MEDFUSION", MDC: pumpMDS, Wanders: true,
		Where: "NICU 36, ICU 24, OR 12", Parts: pumpFirmware, InBill: true},

	// What watches.
	{Class: "patient-monitor", Manufacturer: "Philips", Name: "IntelliVue MX800", Versions: []string{"N.02.10"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "MX800", MDC: monitorMDS,
		Where: "ICU 40, OR 16, Cardiology 12"},
	{Class: "telemetry", Manufacturer: "Philips", Name: "IntelliVue MX40", Versions: []string{"B.05.32", "C.01.06"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "MX40", MDC: monitorMDS, Wanders: true,
		Where: "Ward 3A 40, Ward 4B 32, Cardiology 36"},
	{Class: "patient-monitor", Manufacturer: "GE Healthcare", Name: "B650", Versions: []string{"1.4", "2.0.3"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "B650", MDC: monitorMDS,
		Where: "ED 30, Urgent care 16"},
	{Class: "patient-monitor", Manufacturer: "GE Healthcare", Name: "B850", Versions: []string{"2.1", "3.0"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "B850", MDC: monitorMDS,
		Where: "NICU 30"},
	{Class: "patient-monitor", Manufacturer: "Draeger", Name: "Infinity Delta", Versions: []string{"VF9.2"}, OUI: [3]byte{0x00, 0x10, 0x5d}, Hostname: "DELTA", MDC: monitorMDS,
		Where: "Ward 3A 20, Ward 4B 20, Ward R1 24"},
	{Class: "patient-monitor", Manufacturer: "Baxter", Name: "Welch Allyn Connex Spot Monitor", Versions: []string{"1.50", "1.53"}, OUI: [3]byte{0x58, 0x46, 0xe1}, Hostname: "CSM", MDC: monitorMDS, Wanders: true,
		Where: "ED 14, Ward 3A 20, Ward 4B 20, Urgent care 10, Ward R1 20, Dialysis 8", Parts: webConsole[:1], InBill: true},

	// What keeps alive.
	{Class: "ventilator", Manufacturer: "Hamilton Medical", Name: "T1 Ventilator", Versions: []string{"2.2.3", "3.0.0"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "HAMILTON-T1", MDC: ventMDS,
		Where: "ICU 28, ED 8"},
	{Class: "ventilator", Manufacturer: "Draeger", Name: "Babylog VN500", Versions: []string{"2.51"}, OUI: [3]byte{0x00, 0x10, 0x5d}, Hostname: "BABYLOG", MDC: ventMDS,
		Where: "NICU 14"},
	{Class: "anaesthesia-machine", Manufacturer: "Draeger", Name: "Perseus A500", Versions: []string{"2.04"}, OUI: [3]byte{0x00, 0x10, 0x5d}, Hostname: "PERSEUS", Where: "OR 14"},
	{Class: "defibrillator", Manufacturer: "Zoll", Name: "R Series", Versions: []string{"17.03"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "ZOLL-R", Wanders: true,
		Where: "ICU 4, ED 5, OR 3, Ward 3A 2, Ward 4B 2, NICU 1, Urgent care 3, Ward R1 2, Cardiology 2"},
	{Class: "incubator", Manufacturer: "GE Healthcare", Name: "Giraffe OmniBed", Versions: []string{"2.6"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "GIRAFFE", Where: "NICU 28"},
	{Class: "dialysis-machine", Manufacturer: "Fresenius Medical Care", Name: "5008S CorDiax", Versions: []string{"4.57"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "FMC5008", Where: "Dialysis 30, ICU 4"},

	// Beds.
	{Class: "smart-bed", Manufacturer: "Stryker", Name: "S3 MedSurg Bed", Versions: []string{"3002 S3"}, OUI: [3]byte{0x00, 0x23, 0xa7}, Hostname: "ibed", VendorClass: "iBed Wireless",
		Where: "Ward 3A 36, Ward 4B 36, Ward R1 30"},
	{Class: "smart-bed", Manufacturer: "Hillrom", Name: "Centrella Smart+ Bed", Versions: []string{"1.23"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "centrella", Where: "ICU 40, Cardiology 16"},

	// What looks inside.
	{Class: "ct-scanner", Manufacturer: "Philips", Name: "Brilliance 64", Versions: []string{"2.6.2"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "CT64", Modality: "CT", Where: "Radiology 2, ED 1"},
	{Class: "mr-scanner", Manufacturer: "Siemens Healthineers", Name: "MAGNETOM Aera", Versions: []string{"syngo MR E11"}, OUI: [3]byte{0x00, 0x0e, 0x8c}, Hostname: "MRAERA", Modality: "MR", Where: "Radiology 3"},
	{Class: "ultrasound", Manufacturer: "Philips", Name: "EPIQ", Versions: []string{"VM5.0", "VM9.0.5"}, OUI: [3]byte{0x00, 0x09, 0x5c}, Hostname: "EPIQ", Modality: "US", Wanders: true,
		Where: "Radiology 8, ED 5, ICU 3, Cardiology 8"},
	{Class: "ultrasound", Manufacturer: "GE Healthcare", Name: "Vivid E95", Versions: []string{"204"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "VIVID", Modality: "US", Wanders: true, Where: "Cardiology 6"},
	{Class: "x-ray", Manufacturer: "GE Healthcare", Name: "Optima XR220", Versions: []string{"4.1"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "XR220", Modality: "DX", Where: "Radiology 4, ICU 2, ED 2, Urgent care 1"},
	{Class: "pacs", Manufacturer: "Philips", Name: "Vue PACS", Versions: []string{"12.2.1"}, OUI: [3]byte{0x00, 0x50, 0x56}, Hostname: "VUEPACS",
		Where: "Radiology 1", Parts: webConsole, InBill: true},
	{Class: "ecg", Manufacturer: "GE Healthcare", Name: "MAC 5500 HD", Versions: []string{"10B"}, OUI: [3]byte{0xa0, 0xf2, 0x17}, Hostname: "MAC5500", Wanders: true, Where: "ED 4, Cardiology 8, Ward 3A 2, Urgent care 2"},

	// The laboratory, and its small relatives on the wards.
	{Class: "lab-analyser", Manufacturer: "Abbott", Name: "Alinity ci", Versions: []string{"3.4.1"}, OUI: [3]byte{0x00, 0x50, 0x56}, Hostname: "ALINITY", Where: "Laboratory 4"},
	{Class: "lab-analyser", Manufacturer: "Sysmex", Name: "XN-1000", Versions: []string{"22.19"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "SYSMEX-XN", Where: "Laboratory 5, Urgent care 1"},
	{Class: "blood-gas-analyser", Manufacturer: "Radiometer", Name: "ABL90 FLEX", Versions: []string{"3.4"}, Systems: []string{"Windows Embedded Standard 7"}, OUI: [3]byte{0x00, 0x80, 0xa3}, Hostname: "ABL90",
		UserAgent: "ABL90/3.4 (Windows NT 6.1)", Where: "ICU 3, ED 2, NICU 2, Laboratory 1, Cardiology 1"},
	{Class: "glucose-meter", Manufacturer: "Abbott", Name: "FreeStyle Precision Pro", Versions: []string{"1.14"}, OUI: [3]byte{0x00, 0x23, 0xa7}, Hostname: "FSPP", Wanders: true,
		Where: "ICU 8, ED 6, Ward 3A 10, Ward 4B 10, NICU 4, Ward R1 8, Dialysis 4"},

	// What holds it together.
	{Class: "medication-cabinet", Manufacturer: "BD", Name: "Pyxis MedStation ES System", Versions: []string{"1.6.1", "1.7.4"}, Systems: []string{"Windows 7", "Windows 10"}, OUI: [3]byte{0x48, 0x4d, 0x7e}, Hostname: "PYXIS", VendorClass: "MSFT 5.0",
		UserAgent: "PyxisES/1.6 (Windows NT 6.1)", Where: "ICU 4, ED 4, OR 3, Ward 3A 4, Ward 4B 4, NICU 2, Urgent care 2, Ward R1 3, Cardiology 2", Parts: webConsole, InBill: true},
	{Class: "gateway", Manufacturer: "Capsule Technologies", Name: "SmartLinx Neuron 2", Versions: []string{"9.0.3"}, OUI: [3]byte{0x00, 0x0d, 0xb9}, Hostname: "NEURON",
		Where: "ICU 8, Ward 3A 5, Ward 4B 5, Ward R1 4, Cardiology 4", Parts: pythonGateway, InBill: true},
	{Class: "integration-engine", Manufacturer: "Demo Systems", Name: "Interface Engine", Versions: []string{"4.2"}, OUI: [3]byte{0x00, 0x50, 0x56}, Hostname: "ENGINE",
		Where: "Radiology 1", Parts: pythonGateway, InBill: true},
	{Class: "workstation", Manufacturer: "Dell", Name: "OptiPlex 7060", Systems: []string{"Windows 10", "Windows 7"}, OUI: [3]byte{0x48, 0x4d, 0x7e}, Hostname: "WS", VendorClass: "MSFT 5.0",
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64)", TLSName: "portal.demo.example",
		Where: "ICU 16, ED 18, OR 10, Ward 3A 14, Ward 4B 14, Radiology 16, NICU 8, Laboratory 12, Urgent care 10, Ward R1 12, Dialysis 6, Cardiology 8"},
	{Class: "printer", Manufacturer: "HP", Name: "LaserJet Enterprise M507", Versions: []string{"FS 4.11"}, OUI: [3]byte{0x3c, 0x52, 0x82}, Hostname: "NPI", VendorClass: "Hewlett-Packard LaserJet",
		Where: "ICU 2, ED 2, OR 1, Ward 3A 2, Ward 4B 2, Radiology 2, NICU 1, Laboratory 2, Urgent care 1, Ward R1 2, Dialysis 1, Cardiology 1"},
	{Class: "camera", Manufacturer: "Axis", Name: "P3245-V", Versions: []string{"9.80"}, OUI: [3]byte{0xac, 0xcc, 0x8e}, Hostname: "axis", UserAgent: "axis-P3245-V", Where: "ED 8, Radiology 4, Laboratory 4, Urgent care 4, Dialysis 4"},

	// At patients' homes: never on a wire of the hospital.
	{Class: "ventilator", Manufacturer: "ResMed", Name: "Astral 150", Versions: []string{"SX544-0601", "SX544-0702"}, Hostname: "astral", Where: homeCare + " 40", Cloud: true},
	{Class: "glucose-meter", Manufacturer: "Dexcom", Name: "G7 Receiver", Versions: []string{"1.5.2"}, Hostname: "g7", Where: homeCare + " 96", Cloud: true},
	{Class: "gateway", Manufacturer: "Medtronic", Name: "MyCareLink Patient Monitor 24950", Versions: []string{"2.1", "3.4"}, Hostname: "mycarelink", Where: homeCare + " 80", Cloud: true},
	{Class: "wearable", Manufacturer: "Masimo", Name: "W1", Versions: []string{"1.4.2"}, Hostname: "w1", Where: homeCare + " 116", Cloud: true},
	{Class: "blood-pressure-monitor", Manufacturer: "Omron", Name: "Evolv HEM-7600T", Versions: []string{"1.0"}, Hostname: "evolv", Where: homeCare + " 91", Cloud: true},
}
