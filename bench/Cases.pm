package Cases;

# The cases of the bench: what each sends, which gateway serves it, and how these are set up.

use strict;
use warnings;

use FindBin ();
use JSON::PP ();
use Logistics::Gateway;
use Logistics::Http;
use Logistics::Process qw(free_port spawn wait_for slurp spew children_of);
use MIME::Base64 ();

my $ISSUER = 'https://bench.example.com/';
my $AUDIENCE = 'logistics-api';
my $KEY_ID = 'bench-1';
my $TRACKING = '00340434292135100100';

# Routes of the bench that forward: the stages that are off, since the way of a message grows stage by
# stage, and their format.
# (Parsing and translating cannot be left out of a route that forwards canonical records.)
my %ROUTES = (
    'bench-base'     => { limit => 'off', validate => 'off', trace => 'off' },
    'bench-limit'    => { validate => 'off', trace => 'off' },
    'bench-validate' => { trace => 'off' },
    'bench-whole'    => {},
    'bench-dhl'      => { format => 'dhl-unified' },
);
my %NOW = ('bench-now' => 'bench-to-odoo', 'bench-now-find' => 'events-to-odoo');

# name, about, server, path, body; `translated`: the upstream must have got another body than we
# sent; `fresh`: the gateway is started anew before each run, and every request has its own token.
my @CASES = (
    ['bare-2k', 'stock nginx, proxy_pass', 'bare', '/', '2k'],
    ['module-loaded-2k', 'the module loaded, not used', 'gateway', '/bench/module', '2k'],
    ['guard-2k', '+ guard of the web client', 'gateway', '/bench/guard', '2k'],
    ['base-2k', '+ correlate, token known, authorize, parse, translate', 'gateway', '/v1/bench-base', '2k',
        { translated => 1 }],
    ['limit-2k', '+ limits', 'gateway', '/v1/bench-limit', '2k', { translated => 1 }],
    ['validate-2k', '+ schema', 'gateway', '/v1/bench-validate', '2k', { translated => 1 }],
    ['whole-2k', '+ trace to Redis: the whole path', 'gateway', '/v1/bench-whole', '2k', { translated => 1 }],
    ['whole-log-2k', '+ JSON access log', 'logging', '/v1/bench-whole', '2k', { translated => 1 }],
    ['first-sight-2k', 'whole path, every token new', 'gateway', '/v1/bench-whole', '2k',
        { translated => 1, fresh => 1 }],
    ['now-2k', 'whole path, to Odoo in one call (load)', 'gateway', '/v1/bench-now', '2k'],
    ['now-find-2k', 'as shipped: two calls (search_read, load)', 'gateway', '/v1/bench-now-find', '2k'],
    ['bare-close2k', 'stock nginx, upstream closes as Odoo does', 'bare', '/close', '2k'],
    ['now-close2k', 'now-2k, upstream closes as Odoo does', 'closing', '/v1/bench-now', '2k'],
    ['now-find-close2k', 'now-find-2k, upstream closes as Odoo does', 'closing', '/v1/bench-now-find', '2k'],
    ['haproxy-2k', 'HAProxy, jwt_verify, claims, stick table', 'haproxy', '/', '2k'],
    ['bare-parcel2k', 'stock nginx, proxy_pass', 'bare', '/', 'parcel2k'],
    ['whole-parcel2k', 'the whole path; DHL, five events', 'gateway', '/v1/bench-dhl', 'parcel2k', { translated => 1 }],
    ['bare-18k', 'stock nginx, proxy_pass', 'bare', '/', '18k'],
    ['whole-18k', 'the whole path', 'gateway', '/v1/bench-whole', '18k', { translated => 1 }],
    ['bare-parcel18k', 'stock nginx, proxy_pass', 'bare', '/', 'parcel18k'],
    ['whole-parcel18k', 'the whole path; DHL, 45 events', 'gateway', '/v1/bench-dhl', 'parcel18k', { translated => 1 }],
    ['bare-dense18k', 'stock nginx, proxy_pass', 'bare', '/', 'dense18k'],
    ['whole-dense18k', 'the whole path; DHL, 84 events', 'gateway', '/v1/bench-dhl', 'dense18k',
        { translated => 1 }],
    ['haproxy-18k', 'HAProxy, jwt_verify, claims, stick table', 'haproxy', '/', '18k'],
);

sub new {
    my ($class, %opt) = @_;
    return bless {%opt}, $class;
}

sub list {
    return map {
        my ($name, $about, $server, $path, $body, $more) = @$_;
        { name => $name, about => $about, server => $server, path => $path, body => $body, %{ $more // {} } }
    } @CASES;
}

# Starts what the cases need. A server that does not start fails its cases, not the others.
sub prepare {
    my ($self, @cases) = @_;

    $self->make_key;
    $self->start_upstream;
    my %needed = map { $_->{server} => 1 } @cases;
    for my $server (sort keys %needed) {
        my $start = "start_$server";
        next if eval { $self->$start; 1 };
        $_->{failed} = "$server does not start: $@" for grep { $_->{server} eq $server } @cases;
    }
    for my $case (grep { !$_->{failed} } @cases) {
        eval { $self->write_requests($case); $self->probe($case); 1 } or $case->{failed} = $@;
    }
    return;
}

# ---- what is sent --------------------------------------------------------------------------------

# What is sent. push: what a carrier pushes, one event with all that belongs to it in 2 KB; 18 KB is nine
# of them. parcel: a parcel's whole history as DHL's tracking answers, five events (texts given twice);
# each becomes a record. dense: nothing but events, one for every 200 bytes, the most work that a byte of
# this format can make.
my %BODIES = (
    '2k' => sub { encode({ events => [push_event(0)] }) },
    '18k' => sub { encode({ events => [map { push_event($_) } 0 .. 8] }) },
    'parcel2k' => sub { encode({ shipments => [parcel(0)] }) },
    'parcel18k' => sub { encode({ shipments => [map { parcel($_) } 0 .. 8] }) },
    'dense18k' => sub { encode({ shipments => [dense_parcel(84)] }) },
);

sub encode { return JSON::PP->new->utf8->canonical->encode($_[0]) }

sub tracking { return sprintf '%s%02d', substr($TRACKING, 0, -2), $_[0] }

sub push_event {
    my ($n) = @_;
    my $event = JSON::PP->new->utf8->decode(slurp("$FindBin::Bin/bodies/push-event.json"));

    substr $event->{eventId}, -4, 4, sprintf '%04x', $n;
    $event->{eventTime} =~ s/:00:/sprintf ':%02d:', $n/e;
    $event->{shipment}{trackingNumber} = tracking($n);
    return $event;
}

# Texts of a parcel's way as carriers write them: statusCode, where, text. The newest comes first.
my @WAY = (
    ['delivered', 'Berlin', 'The shipment has been successfully delivered'],
    ['transit', 'Berlin', 'The shipment has been loaded onto the delivery vehicle'],
    ['transit', "R\x{fc}dersdorf, Germany", 'The shipment has been processed in the destination parcel center'],
    ['transit', "K\x{f6}ln, Germany", 'The shipment has been processed in the parcel center of origin'],
    ['pre-transit', undef, 'The sender has sent the data of this shipment to DHL electronically'],
);

sub parcel {
    my ($n) = @_;
    my @events;

    for my $i (0 .. $#WAY) {
        my ($code, $where, $text) = @{ $WAY[$i] };
        push @events, {
            timestamp => sprintf('2026-11-%02dT%02d:%02d:00', 18 - $i, 17 - 3 * $i, 11 + $n),
            statusCode => $code, status => $text, description => $text,
            $where ? (location => { address => { addressLocality => $where } }) : (),
        };
    }
    return {
        id => tracking($n), service => 'parcel-de',
        origin => { address => { countryCode => 'DE' } },
        destination => { address => { countryCode => 'DE' } },
        status => { %{ $events[0] } },
        details => { product => { productName => 'DHL PAKET (parcel)' },
            receiver => { '@type' => 'Person', name => 'Erika Mustermann' }, totalNumberOfPieces => 1,
            pieceIds => [substr tracking($n), 2], weight => { value => 2.5, unitText => 'kg' },
            dimensions => { map { $_ => { value => 0.3, unitText => 'm' } } qw(width height length) } },
        events => \@events,
    };
}

sub dense_parcel {
    my ($n_events) = @_;
    my @events = map { {
        timestamp => sprintf('2026-11-%02dT%02d:%02d:00', 20 - int($_ / 24) % 19, 23 - $_ % 24, $_ % 60),
        location => { address => { countryCode => 'DE', postalCode => sprintf('%05d', 10115 + $_),
                addressLocality => "K\x{f6}ln" } },
        statusCode => $_ ? 'transit' : 'delivered',
        status => $_ ? 'PROCESSED' : 'DELIVERED',
        description => $_ ? 'The shipment has been processed' : 'Delivered to the recipient',
    } } 0 .. $n_events - 1;
    return { id => tracking(0), service => 'parcel-de', events => \@events };
}

sub body {
    my ($self, $name) = @_;
    return $self->{bodies}{$name} //= $BODIES{$name}->();
}

sub write_requests {
    my ($self, $case) = @_;
    my $body = $self->body($case->{body});
    my $file = $case->{file} = "$self->{dir}/$case->{name}.requests";
    my @tokens = $case->{fresh} ? $self->mint($self->{tokens}) : $self->known_token;

    $case->{bytes} = length $body;
    open my $out, '>:raw', $file or die "$file: $!";
    for my $token (@tokens) {
        my $request = "POST $case->{path} HTTP/1.1\r\nHost: gateway.example.com\r\n"
            . "Authorization: Bearer $token\r\nContent-Type: application/json\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
        print {$out} length($request) . "\n$request";
    }
    close $out;
    return;
}

# One request by hand: a case must do what its name says before it is timed.
sub probe {
    my ($self, $case) = @_;
    my $body = $self->body($case->{body});
    my $answer = Logistics::Http->new(port => $self->port($case))->request('POST', $case->{path}, [
            Authorization => 'Bearer ' . $self->known_token,
            'Content-Type' => 'application/json', Connection => 'close'], $body);

    die "answer $answer->{status}: " . substr($answer->{body}, 0, 600) . "\n" if $answer->{status} !~ /^2/;
    my $got = $answer->header('X-Got') // '';
    die "the upstream got $got bytes: not translated\n" if $case->{translated} && (!$got || $got == length $body);
    if ($case->{server} eq 'haproxy') {
        my $refused = Logistics::Http->new(port => $self->port($case))
            ->request('POST', '/', [Authorization => 'Bearer e30.e30.e30', Connection => 'close'], 'x');
        die "HAProxy lets a bad token pass: $refused->{status}\n" if $refused->{status} != 401;
    }
    return;
}

# ---- tokens --------------------------------------------------------------------------------------

sub make_key {
    my ($self) = @_;
    my $key = "$self->{dir}/bench.key.pem";

    run("openssl genrsa -out $key 2048 2>/dev/null");
    run("openssl rsa -in $key -pubout -out $self->{dir}/bench.pub.pem 2>/dev/null");
    my ($hex) = `openssl rsa -in $key -noout -modulus` =~ /Modulus=(\w+)/ or die "no modulus\n";
    (my $n = MIME::Base64::encode_base64(pack('H*', $hex), '')) =~ tr{+/=}{-_}d;
    $self->{jwks} = JSON::PP::encode_json({ keys => [
        { kty => 'RSA', kid => $KEY_ID, alg => 'RS256', use => 'sig', n => $n, e => 'AQAB' }] });
    return;
}

sub known_token {
    my ($self) = @_;
    return $self->{token} //= ($self->mint(1))[0];
}

sub mint {
    my ($self, $count) = @_;
    my $now = time;
    my $claims = JSON::PP->new->canonical->encode({
        iss => $ISSUER, aud => $AUDIENCE, sub => 'bench', client_id => 'bench-client',
        scope => 'tracking:write', iat => $now, exp => $now + 3600, env => 'production' });
    my @tokens = split /\n/, `$self->{build}/bench/mint $self->{dir}/bench.key.pem $KEY_ID '$claims' $count`;

    die "mint made " . @tokens . " of $count tokens\n" if @tokens != $count;
    return @tokens;
}

sub run {
    my ($command) = @_;
    system($command) == 0 or die "$command failed\n";
    return;
}

# ---- servers -------------------------------------------------------------------------------------

sub port { return $_[0]{servers}{ $_[1]{server} }{port} }

sub worker_pid {
    my ($self, $case) = @_;
    my $server = $self->{servers}{ $case->{server} };
    my @workers = $server->{gateway} ? $server->{gateway}->worker_pids : children_of($server->{process}->pid);

    # HAProxy without a master is its own worker.
    return $server->{process}->pid if !@workers && $server->{process};
    die "$case->{server} has " . @workers . " workers\n" if @workers != 1;
    return $workers[0];
}

sub nginx_frame {
    my ($dir, $http) = @_;
    return <<"END";
daemon off;
user root;
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/error.log warn;
events { worker_connections 4096; }
http {
    client_body_temp_path $dir/body;
    proxy_temp_path $dir/proxy;
    fastcgi_temp_path $dir/fastcgi;
    uwsgi_temp_path $dir/uwsgi;
    scgi_temp_path $dir/scgi;
    access_log off;
    server_tokens off;
    keepalive_requests 100000000;
    client_header_buffer_size 16k;
    client_body_buffer_size 64k;
$http
}
END
}

# Stock nginx on its own core; pinned.
sub start_plain_nginx {
    my ($self, $name, $core, $http) = @_;
    my $dir = "$self->{dir}/$name";
    my $server = $self->{servers}{$name} //= { port => free_port() };

    mkdir $dir;
    $http =~ s/%%PORT%%/$server->{port}/g;
    spew("$dir/nginx.conf", nginx_frame($dir, $http));
    $server->{process} = spawn(name => $name, stdout => "$dir/out", stderr => "$dir/out",
        argv => ['taskset', '-c', $core, '/usr/sbin/nginx', '-p', $dir, '-c', "$dir/nginx.conf", '-e', "$dir/error.log"]);
    $self->wait_port($server, "$dir/out");
    return;
}

sub wait_port {
    my ($self, $server, $log) = @_;
    wait_for(sub {
        $server->{process}->alive or die slurp($log);
        IO::Socket::INET->new(PeerAddr => "127.0.0.1:$server->{port}");
    }, 10, 'a server to listen');
    return;
}

# Answers at once: 200 for everybody, and like Odoo 19 on its JSON-2 paths. X-Got says how long the
# body was that came. A second port closes after every answer, as Odoo's own workers do.
sub start_upstream {
    my ($self) = @_;
    my $locations = <<"END";
        add_header X-Got \$content_length;
        location / { return 200 '{"accepted":true,"message":"thank you, everything is in order"}'; }
        location = /json/2/stock.picking/fields_get {
            return 200 '{"origin":{"type":"char"},"name":{"type":"char"},"carrier_tracking_ref":{"type":"char"}}';
        }
        location = /json/2/stock.picking/search_read {
            return 200 '[{"id":1,"carrier_tracking_ref":"$TRACKING","origin":"SO1","name":"WH/OUT/1"}]';
        }
        location = /json/2/mail.message/load { return 200 '{"ids":[1],"messages":[],"nextrow":0}'; }
END

    $self->{closing_port} = free_port();
    $self->start_plain_nginx('upstream', 1, <<"END");
    default_type application/json;
    server {
        listen 127.0.0.1:%%PORT%%;
$locations
    }
    server {
        listen 127.0.0.1:$self->{closing_port};
        keepalive_timeout 0;
$locations
    }
END
    return;
}

sub upstream_address { return "127.0.0.1:$_[0]{servers}{upstream}{port}" }
sub closing_address { return "127.0.0.1:$_[0]{closing_port}" }

sub start_bare {
    my ($self) = @_;
    my ($upstream, $closing) = ($self->upstream_address, $self->closing_address);

    $self->start_plain_nginx('bare', 0, <<"END");
    upstream service { server $upstream; keepalive 32; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location / {
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
        location /close {
            proxy_pass http://$closing;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }
    }
END
    return;
}

sub start_haproxy {
    my ($self) = @_;
    my $dir = "$self->{dir}/haproxy";
    my $server = $self->{servers}{haproxy} = { port => free_port() };
    my $upstream = $self->upstream_address;

    mkdir $dir;
    spew("$dir/haproxy.cfg", <<"END");
global
    nbthread 1
    maxconn 4000
    log /dev/null local0 emerg
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option http-keep-alive
    http-reuse always
frontend gateway
    bind 127.0.0.1:$server->{port}
    http-request set-var(txn.token) http_auth_bearer
    http-request set-var(txn.alg) var(txn.token),jwt_header_query('\$.alg')
    http-request set-var(txn.iss) var(txn.token),jwt_payload_query('\$.iss')
    http-request set-var(txn.aud) var(txn.token),jwt_payload_query('\$.aud')
    http-request set-var(txn.client) var(txn.token),jwt_payload_query('\$.client_id')
    http-request set-var(txn.exp) var(txn.token),jwt_payload_query('\$.exp','int')
    http-request set-var(txn.now) date()
    http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
    http-request deny deny_status 401 unless { var(txn.iss) -m str $ISSUER }
    http-request deny deny_status 401 unless { var(txn.aud) -m str $AUDIENCE }
    http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
    http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"$self->{dir}/bench.pub.pem") -m int 1 }
    http-request track-sc0 var(txn.client) table limits
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000 }
    default_backend service
backend limits
    stick-table type string len 64 size 100k expire 60s store http_req_rate(1s)
backend service
    server one $upstream
END
    $server->{process} = spawn(name => 'haproxy', stdout => "$dir/out", stderr => "$dir/out",
        argv => ['taskset', '-c', '0', 'haproxy', '-db', '-f', "$dir/haproxy.cfg"]);
    $self->wait_port($server, "$dir/out");
    return;
}

sub start_gateway { return $_[0]->start_module('gateway', 'access_log off;') }
sub start_logging { return $_[0]->start_module('logging', '') }
sub start_closing { return $_[0]->start_module('closing', 'access_log off;', $_[0]->closing_address) }

# The shipped configuration and policies with the bench's own issuer, partner and routes.
sub start_module {
    my ($self, $name, $server_lines, $odoo) = @_;
    my $gateway = Logistics::Gateway->new(
        start => 0, odoo => 0, workers => 1, prefix => ['taskset', '-c', '0'], log_level => 'warn',
        policies => $self->policies,
        env => {
            LGS_USER => 'root', LGS_ODOO_CONNECTIONS => 1000, LGS_ODOO => $odoo // $self->upstream_address,
            LGS_FORWARD => $self->upstream_address, LGS_FORWARD_NAME => 'bench',
        },
        server => <<"END");
keepalive_requests 100000000;
$server_lines
location /bench/module {
    proxy_pass http://bench;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}
location /bench/guard {
    logistics_guard on;
    proxy_pass http://bench;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
}
END
    $gateway->up;
    $self->{servers}{$name} = { gateway => $gateway, port => $gateway->port };
    run('taskset -a -p -c 1 ' . $gateway->{redis_server}{process}->pid . ' >/dev/null');
    return;
}

sub policies {
    my ($self) = @_;
    my %files = (
        'bench.jwks.json' => $self->{jwks},
        'issuers/bench.yaml' => <<"END",
issuer: $ISSUER
audience: [$AUDIENCE]
keys: {file: bench.jwks.json}
algorithms: [RS256]
require: [exp, iat]
END
        'partners/bench.yaml' => <<"END",
partner: bench
identities: [{issuer: $ISSUER, client_id: bench-client}]
scopes: [tracking:write]
odoo: {scope: all}
timezone: Europe/Berlin
limits: {rate: 1000000/s, burst: 1000000, in_flight: 10000}
END
    );
    for my $route (sort keys %NOW) {
        $files{"routes/$route.yaml"} = <<"END";
route: $route
path: /v1/$route
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: push}
deliver: {mode: now, odoo: $NOW{$route}}
END
    }
    for my $file (glob "$FindBin::Bin/policies/*/*") {
        $files{ $file =~ s{.*/policies/}{}r } = slurp($file);
    }
    for my $route (sort keys %ROUTES) {
        my %stages = %{ $ROUTES{$route} };
        my $format = delete $stages{format} // 'push';
        my $stages = join ', ', map {"$_: $stages{$_}"} sort keys %stages;
        $files{"routes/$route.yaml"} = <<"END";
route: $route
path: /v1/$route
methods: {POST: {scope: tracking:write}}
record: event
formats: {json: $format}
deliver: {mode: forward, upstream: bench}
limits: {rate: 1000000/s, burst: 1000000, in_flight: 10000}
END
        $files{"routes/$route.yaml"} .= "stages: {$stages}\n" if $stages;
    }
    return \%files;
}

# A gateway that has seen no token yet.
sub fresh {
    my ($self, $case) = @_;
    my $gateway = $self->{servers}{ $case->{server} }{gateway};

    $gateway->{nginx}->stop('QUIT');
    unlink $gateway->dir . '/state/nginx.pid';
    $gateway->start_nginx;
    return;
}

1;
