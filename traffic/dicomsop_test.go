package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"bedrail/format/dicom"
	"bedrail/traffic"
)

// asked is what an association request with these SOP classes says.
func asked(t *testing.T, user dicom.User, abstracts ...string) []traffic.Observation {
	t.Helper()
	a := dicom.Associate{CalledAE: "ARCHIVE", CallingAE: "SENDER", User: user}
	for i, uid := range abstracts {
		a.Contexts = append(a.Contexts, dicom.Context{ID: byte(2*i + 1), Abstract: uid, Transfer: []string{dicom.ImplicitLittle}})
	}
	a.User.MaxLength, a.User.Implementation = 16384, "1.2.3"
	raw, err := a.Encode(dicom.AssociateRQ)
	if err != nil {
		t.Fatal(err)
	}
	return feed(t, find(t, "dicom"), raw, len(raw), false)
}

func TestTheObjectsOfferedSayWhatTheirSenderIs(t *testing.T) {
	const storage = "1.2.840.10008.5.1.4.1.1."
	for rule, c := range map[string]struct {
		abstracts []string
		want      []string
	}{
		"one kind":                       {[]string{storage + "2", storage + "2.1", storage + "7"}, []string{"class=ct-scanner (SOP class proposed)"}},
		"positron emission":              {[]string{storage + "128"}, []string{"class=nuclear-medicine (SOP class proposed)"}},
		"tomosynthesis":                  {[]string{storage + "1.2", storage + "13.1.3"}, []string{"class=mammography (SOP class proposed)"}},
		"several kinds: a forwarder":     {[]string{storage + "2", storage + "4"}, nil},
		"documents, which anybody makes": {[]string{storage + "88.11", storage + "104.1"}, nil},
		"a private class names its maker": {[]string{storage + "4", "1.3.12.2.1107.5.9.1"}, []string{
			"class=mr-scanner (SOP class proposed)", "manufacturer=Siemens Healthineers (private SOP class proposed)"}},
		"private classes of several makers":                    {[]string{"1.3.12.2.1107.5.9.1", "1.2.840.113619.4.30"}, nil},
		"who also asks for images may pass on those of others": {[]string{storage + "2", "1.2.840.10008.5.1.4.1.2.2.1"}, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			got := slices.DeleteFunc(claimsOf(asked(t, dicom.User{}, c.abstracts...)), func(s string) bool { return !strings.Contains(s, "proposed") })
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHowAnAssociationProvesItsUserIsToldAndWhoIsNot(t *testing.T) {
	for kind, want := range map[dicom.IdentityType][]string{
		dicom.Username:         {"dicom-echo-scu", "dicom-user-identity"},
		dicom.UsernamePassword: {"dicom-echo-scu", "dicom-user-identity", "dicom-user-password"},
		dicom.SAML:             {"dicom-echo-scu", "dicom-user-identity"},
	} {
		got := asked(t, dicom.User{Identity: &dicom.UserIdentity{Type: kind, Primary: []byte("eva.muster"), Second: []byte("geheim7")}}, "1.2.840.10008.1.1")
		if len(got) != 1 || !slices.Equal(got[0].Roles, want) {
			t.Errorf("kind %d: got %+v, want the roles %v", kind, got, want)
		}
		if text := strings.Join(claimsOf(got), " "); strings.Contains(text, "muster") || strings.Contains(text, "geheim") {
			t.Errorf("kind %d: a person's name or password was read: %s", kind, text)
		}
	}
}

func TestFetchingImagesIsOneOfTwoServices(t *testing.T) {
	const query = "1.2.840.10008.5.1.4.1.2.2."
	for suffix, want := range map[string][]string{"2": {"dicom-move-scu", "dicom-retrieve-scu"}, "3": {"dicom-get-scu", "dicom-retrieve-scu"}} {
		if got := asked(t, dicom.User{}, query+suffix); len(got) != 1 || !slices.Equal(got[0].Roles, want) {
			t.Errorf("%s: got %+v, want %v", suffix, got, want)
		}
	}
}
