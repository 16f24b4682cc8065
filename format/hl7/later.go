package hl7

// later is the edition by which 2.8 and newer are read: the definitions of
// 2.7.1, the newest that the package hl7-dictionary holds, with what was added
// since as HL7's v2-to-FHIR guide lists it: fields at the end of segments, and
// the structures of the messages that the guide maps. Where a finding rests on
// what is older than the message, it says so.
const later = "2.8"

// laterFields returns the fields behind the last of 2.7.1. None of them is
// required.
func laterFields(segment string) string {
	return map[string]string{
		"IN1": "ID",
		"IN3": "CWE CWE",
		"MSH": "CWE CWE* ST*",
		"NTE": "CWE*",
		"OBX": "CWE CWE* ID ID ID CWE* EIP*",
		"ORC": "CWE* ID DR DTM EI",
		"PRT": "EI DTM DTM ST ST EI CNE CWE PLN*",
		"RXA": "EI*",
		"TXA": "HD CWE",
	}[segment]
}

// laterStructures are the messages that the guide lists by their structure of
// today: access restrictions (ARV) behind the header and the patient,
// occupation (OH1 to OH4), reactions (IAM), authorisations (AUT, RF1). What the
// guide leaves out and 2.7.1 has, stays allowed. PRT may stand anywhere and
// needs no place here. Several names are trigger events of one structure.
func laterStructures() map[string]string {
	const (
		person    = "PID PD1? OH1* OH2* OH3? OH4* ARV* ROL*"
		kin       = "( NK1 OH2* OH3? )*"
		visit     = "PV1 PV2? ARV* ROL* DB1* OBX*"
		procedure = "( PR1 ROL* )*"
		insurance = "( IN1 IN2? IN3* ROL* AUT* RF1* )*"
		begin     = "MSH ARV* SFT* UAC?"
		patient   = "PID PD1? NTE* NK1* ARV* OBX* ( PV1 PV2? )?"
		order     = "OBR NTE* ( TQ1 TQ2* )* CTD? ( OBX NTE* )* FT1* CTI* ( SPM OBX* )*"
	)
	return map[string]string{
		"ADT_A01 ADT_A04 ADT_A08 ADT_A13":         begin + " EVN " + person + " " + kin + " " + visit + " AL1* IAM* DG1* DRG? " + procedure + " GT1* " + insurance + " ACC? UB1? UB2? PDA?",
		"ADT_A02":                                 begin + " EVN " + person + " " + visit + " PDA?",
		"ADT_A05 ADT_A14 ADT_A28 ADT_A31":         begin + " EVN " + person + " " + kin + " " + visit + " AL1* IAM* DG1* DRG? " + procedure + " GT1* " + insurance + " ACC? UB1? UB2?",
		"ADT_A06 ADT_A07":                         begin + " EVN " + person + " MRG? " + kin + " " + visit + " AL1* IAM* DG1* DRG? " + procedure + " GT1* " + insurance + " ACC? UB1? UB2?",
		"ADT_A09 ADT_A10 ADT_A12":                 begin + " EVN PID PD1? PV1 PV2? DB1* OBX*",
		"ADT_A11":                                 begin + " EVN PID PD1? PV1 PV2? DB1* OBX* DG1*",
		"ADT_A17":                                 begin + " EVN PID PD1? PV1 PV2? DB1* OBX* PID PD1? PV1 PV2? DB1* OBX*",
		"MDM_T02 MDM_T04 MDM_T06 MDM_T08 MDM_T10": "MSH SFT* UAC? EVN PID PV1 ( ORC ( TQ1 TQ2* )* OBR NTE* )* TXA CON* ( OBX NTE* )+",
		"OML_O21": "MSH SFT* UAC? NTE* ( PID PD1? NTE* NK1* ARV* ( PV1 PV2? )? ( IN1 IN2? IN3? )* GT1? AL1* )? " +
			"( ORC ( TQ1 TQ2* )* ( OBR TCD? NTE* CTD? DG1* ( OBX TCD? NTE* )* ( SPM OBX* ( SAC OBX* )* )* SGH? " +
			"( ( PID PD1? )? ( PV1 PV2? )? AL1* ( ORC OBR NTE* ( TQ1 TQ2* )* ( OBX NTE* )+ )+ )* SGT? )? FT1* CTI* BLG? )+",
		"ORU_R01": "MSH SFT* UAC? ( ( " + patient + " )? ( ( ORC ( OBX TXA )? )? " + order + " )+ )+ DSC?",
		"SIU_S12": "MSH SCH TQ1* NTE* ( PID PD1? PV1? PV2? OBX* DG1* )* ( RGS ( AIS NTE* )* ( AIG NTE* )* ( AIL NTE* )* ( AIP NTE* )* )+",
		"VXU_V04": "MSH SFT* UAC? PID PD1? NK1* ARV* ( PV1 PV2? ARV* )? GT1* ( IN1 IN2? IN3? )* ( OBX NTE* )* ( ORC ( TQ1 TQ2* )* RXA RXR? ( OBX NTE* )* )*",
	}
}
