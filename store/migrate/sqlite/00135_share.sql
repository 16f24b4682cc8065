-- +goose Up
-- What each receiver was given: for which purpose, what was left out, where a
-- pseudonym stands. It names places, never values. JSON, or empty.
ALTER TABLE delivery ADD COLUMN share TEXT NOT NULL DEFAULT '';
