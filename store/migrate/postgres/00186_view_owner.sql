-- +goose Up
-- What a token keeps is of the person who made it. A view of a name that the
-- person, or another of their tokens, has already stays where it is.
UPDATE saved_view SET owner = (SELECT t.owner FROM app_token t WHERE t.tenant = saved_view.tenant AND t.id = saved_view.owner)
    WHERE EXISTS (SELECT 1 FROM app_token t WHERE t.tenant = saved_view.tenant AND t.id = saved_view.owner
        AND NOT EXISTS (SELECT 1 FROM saved_view o WHERE o.tenant = saved_view.tenant AND o.id <> saved_view.id AND o.list = saved_view.list AND o.name = saved_view.name
            AND (o.owner = t.owner OR o.owner IN (SELECT x.id FROM app_token x WHERE x.tenant = t.tenant AND x.owner = t.owner))));

-- +goose Down
SELECT 1;
