-- +goose Up
-- What a notice tells programs beside its title, as JSON; empty is nothing.
ALTER TABLE notice ADD COLUMN facts TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE notice DROP COLUMN facts;
