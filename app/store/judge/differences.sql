-- What a rebuild changed: the rows of `picture_before` and `picture_after` that are not the same in both.
select part, name, b.says as stands, a.says as rebuilt
from picture_before b full join picture_after a using (part, name)
where b.says is distinct from a.says
order by part, name
