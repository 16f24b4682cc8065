package api_test

import (
	"testing"

	"bedrail/api"
)

func TestDocumentCanBeWritten(t *testing.T) {
	doc, err := api.Document()
	if err != nil || len(doc) < 1000 {
		t.Fatalf("Document() = %d bytes, %v", len(doc), err)
	}
}
