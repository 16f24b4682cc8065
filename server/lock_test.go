package server_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"bedrail"
	"bedrail/server"
)

// ask sends one request to h, as a command does.
func ask(h http.Handler, method, path, body string) (status int, answer string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, "/api/v1"+path, bytes.NewReader([]byte(body)))
	r.Header.Set("Content-Type", "application/json")
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestACommandBesideARunningServerReadsButDoesNotChange(t *testing.T) {
	folder := t.TempDir()
	s := start(t, folder)
	defer s.end(t)
	local, err := server.OpenLocal(t.Context(), s.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer local.Close()
	if status, answer := ask(local.Handler, "GET", "/devices", ""); status != 200 {
		t.Errorf("reading: %d %s", status, answer)
	}
	status, answer := ask(local.Handler, "POST", "/imports?kind=cmms&name=a.csv", "")
	if status != 409 || !strings.Contains(answer, s.URL()) || !strings.Contains(answer, "--server") {
		t.Errorf("changing: %d %s", status, answer)
	}
	if status, answer := ask(local.Handler, "POST", "/users", `{"name":"jo","roles":[{"role":"viewer"}]}`); status >= 400 {
		t.Errorf("helping people: %d %s", status, answer)
	}

	s.end(t)
	if status, answer := ask(local.Handler, "POST", "/imports?kind=cmms&name=a.csv", "Asset Tag,Manufacturer\n1,Made Up\n"); status >= 409 {
		t.Errorf("changing once the server has ended: %d %s", status, answer)
	}
}

func TestTwoServersDoNotShareADataFolder(t *testing.T) {
	folder := t.TempDir()
	s := start(t, folder)
	defer s.end(t)
	_, err := server.New(t.Context(), s.Config, server.Options{})
	if bedrail.KindOf(err) != bedrail.Conflict || !strings.Contains(err.Error(), s.URL()) {
		t.Fatalf("got %v", err)
	}
	s.end(t)
	again := start(t, folder)
	again.end(t)
}

func TestTwoCommandsDoNotChangeAtOnce(t *testing.T) {
	folder := t.TempDir()
	s := start(t, folder)
	s.end(t)
	const list = "Asset Tag,Manufacturer\n1,Made Up\n"
	first, err := server.OpenLocal(t.Context(), s.Config)
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := ask(first.Handler, "POST", "/imports?kind=cmms&name=a.csv", list); status >= 400 {
		t.Fatalf("the first: %d %s", status, answer)
	}
	second, err := server.OpenLocal(t.Context(), s.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if status, answer := ask(second.Handler, "POST", "/imports?kind=cmms&name=a.csv", list); status != 409 {
		t.Errorf("the second: %d %s", status, answer)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if status, answer := ask(second.Handler, "POST", "/imports?kind=cmms&name=a.csv", list); status >= 400 {
		t.Errorf("the second, once the first has ended: %d %s", status, answer)
	}
}
