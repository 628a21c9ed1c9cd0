# logisticsctl explain-map and map --coverage: why a record is as it is, and what a mapping never reads.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();

my $dir = File::Temp->newdir('lgs-explain-XXXXXX', TMPDIR => 1);
make_path("$dir/mappings/templates", "$dir/in");
spew("$dir/mappings/plain.yaml", <<'END');
mapping: plain
output: note
input: {format: json, records: /all}
emit:
  - number: /id
    kind: letter
    to: {include: place, with: {at: /to}}
END
spew("$dir/mappings/templates/place.yaml", <<'END');
template: place
params: [at]
fields:
  city: {upper: $at/town}
END
spew("$dir/in/a.json", qq({"sent":1,"all":[{"id":7,"to":{"town":"Bonn","land":"DE"}},\n{"id":8,"x":true,"to":{}}]}));
spew("$dir/in/b.json", '{"all":[{"id":9,"x":false,"to":{"land":"FR"}}]}');

my @map = ("$dir/mappings/plain.yaml");

subtest 'explain-map in words' => sub {
    my ($rc, $out, $err) = ctl_run('explain-map', @map, "$dir/in/a.json");
    is($rc, 0) or diag $err;
    $out =~ s{\Q$dir\E/(?:mappings/[.][.]/)?}{}g;
    is($out, <<'END');
document 1, record 0
  /number  7  from /all/0/id 1:24  by mappings/plain.yaml:5:13
  /kind  "letter"  by mappings/plain.yaml:6:11
  /to/city  "BONN"  from /all/0/to/town 1:39  by mappings/templates/place.yaml:4:9
document 1, not used
  /to/land
document 2, record 0
  /number  8  from /all/1/id 2:7  by mappings/plain.yaml:5:13
  /kind  "letter"  by mappings/plain.yaml:6:11
document 2, not used
  /x
END
};

subtest 'explain-map for programs' => sub {
    my ($rc, $out, $err) = ctl_run('explain-map', '--json', @map, "$dir/in/b.json");
    is($rc, 0) or diag $err;
    my $said = decode_json($out);
    is_deeply($said->{values}[0], { record => 0, pointer => '/number', value => 9,
        source => { pointer => '/all/0/id', line => 1, column => 15 },
        rule => { pointer => '/emit/0/number', line => 5, column => 13, file => "$dir/mappings/plain.yaml" } });
    ok(!exists $said->{values}[1]{source}, 'a constant has no source');
    is_deeply([map { $_->{pointer} } @{ $said->{unused} }], ['/x', '/to/land']);
    cmp_ok($said->{unused}[0]{column}, '>', 1);
};

subtest 'what is refused is explained as far as it went' => sub {
    spew("$dir/bad.json", '{"all":[{"id":7,"to":{"town":["Bonn"]}}]}');
    my ($rc, $out, $err) = ctl_run('explain-map', @map, "$dir/bad.json");
    is($rc, 1);
    like($out, qr{/number  7  from});
    like($err, qr{bad\.json:1:\d+: /all/0/to/town: .*a text is wanted here});
    ($rc, $out, $err) = ctl_run('explain-map', @map, "$dir/none.json");
    is($rc, 2);
};

subtest 'coverage of a folder' => sub {
    my ($rc, $out, $err) = ctl_run('map', '--coverage', @map, "$dir/in");
    is($rc, 0) or diag $err;
    is($out, <<'END');
2 files, 3 documents (0 refused), 3 records
2 of 4 fields are always read; 4 of 8 values are not
       2 of 2        /to/land
       2 of 2        /x
END
    ($rc, $out, $err) = ctl_run('map', '--coverage', @map, "$dir/in/a.json", "$dir/bad.json");
    is($rc, 0) or diag $err;
    like($out, qr/^2 files, 3 documents \(1 refused\), 2 records$/m);
    ($rc, $out, $err) = ctl_run('map', '--coverage', @map, "$dir/nowhere");
    is($rc, 2);
    ($rc, $out, $err) = ctl_run('map', '--coverage', @map);
    is($rc, 2, 'no files');
    like($err, qr/usage/);
};

done_testing;
