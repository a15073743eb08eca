# smarthost_test.pm - start the scripted smarthost, and talk to it by hand.
#
# For tests in perl (core modules only).  One server at a time: start() with
# its options, stop() at the end.  The functions are exported.
#
# SPDX-License-Identifier: ISC
package smarthost_test;
use strict;
use warnings;
use Exporter 'import';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IPC::Open2;
use POSIX qw(mkfifo);
use Test::More;

our @EXPORT = qw(%server $program $tmp $here start stop slurp transcript mail
    script wait_for stats dial send_raw fill reply at_end ask asks hello begin
    data dial_tls ask_tls hang_up);

$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { BAIL_OUT('the test lasted 60 seconds') };
alarm 60;

our $here = __FILE__ =~ s{[^/]*$}{}r || './';
my $build = $ENV{BUILD} // '.';
our ($program) = grep { -x } "$build/t/smarthost", "$build/smarthost";
BAIL_OUT("no smarthost in $build") unless $program;

our $tmp = tempdir(CLEANUP => 1);
our %server;    # pid, ports, in (its standard input), d (its directory)
my $runs = 0;

# --- the server: %server is what runs now

sub start {
	my @options = @_;
	my $d = "$tmp/" . ++$runs;
	mkdir $d or die;
	mkdir "$d/mail" or die;
	mkfifo("$d/notify", 0600) or die;
	%server = (d => $d);
	script();
	open my $stderr, '>&', \*STDERR or die;
	open STDERR, '>', "$d/errors" or die;
	my $pid = open2(my $out, my $in, $program, '--stdin',
	    '--dir', "$d/mail", '--log', "$d/log", '--notify', "$d/notify",
	    '--stats', "$d/stats", '--script', "$d/script", @options);
	open STDERR, '>&', $stderr or die;
	my $n = grep({ /^--listen/ } @options) || 1;
	my @ports = map { scalar <$out> } 1 .. $n;
	die "smarthost did not start" unless defined $ports[0];
	chomp @ports;
	open my $notify, '+<', "$d/notify" or die;
	@server{qw(pid in out ports notify seen)} =
	    ($pid, $in, $out, \@ports, $notify, '');
	return $ports[0];
}

# The end, without any complaint but the one expected.
sub stop {
	my $want = shift // qr/^$/;
	close $server{in};
	waitpid $server{pid}, 0;
	is($?, 0, 'exit at the end of standard input');
	like(slurp("$server{d}/errors"), $want, 'standard error');
}

sub slurp {
	my $name = shift;
	open my $f, '<', $name or return undef;
	local $/;
	return scalar <$f>;
}

sub transcript { slurp("$server{d}/log") }
sub mail { slurp(sprintf '%s/mail/%04d.%s', $server{d}, @_) }

sub script {
	open my $f, '>', "$server{d}/script.new" or die;
	print $f map { "$_\n" } @_;
	close $f;
	rename "$server{d}/script.new", "$server{d}/script" or die;
}

# Wait for a line of --notify.
sub wait_for {
	my $want = shift;
	for (;;) {
		while ($server{seen} =~ s/^(.*)\n//) {
			my $line = $1;
			return $line if $line =~ $want;
		}
		sysread $server{notify}, $server{seen}, 4096,
		    length $server{seen} or die;
	}
}

sub stats {
	kill USR1 => $server{pid};
	wait_for(qr/^stats/);
	return map { split } split /\n/, slurp("$server{d}/stats");
}

# --- a client: { fd, buf }

sub dial {
	my $s = IO::Socket::INET->new(
	    PeerAddr => '127.0.0.1', PeerPort => shift // $server{ports}[0])
	    or die "connect: $!";
	return { fd => $s, buf => '' };
}

sub send_raw {
	my ($c, $bytes) = @_;
	while (length $bytes) {
		my $n = syswrite $c->{fd}, $bytes;
		return 0 unless defined $n;
		substr $bytes, 0, $n, '';
	}
	return 1;
}

sub fill { sysread $_[0]{fd}, $_[0]{buf}, 65536, length $_[0]{buf} }

# One reply, all its lines; undef at the end of the connection.
sub reply {
	my $c = shift;
	for (;;) {
		return $1
		    if $c->{buf} =~ s/^((?:\d\d\d-.*\r\n)*\d\d\d .*\r\n)//;
		fill($c) or return undef;
	}
}

sub at_end {
	my $c = shift;
	1 while fill($c);
	return $c->{buf} eq '';
}

sub ask {
	my ($c, $line) = @_;
	send_raw($c, "$line\r\n");
	return reply($c);
}

sub asks {
	my ($c, $line, $want, $name) = @_;
	like(ask($c, $line), $want, $name // $line);
}

sub hello {
	my $c = dial(@_);
	reply($c);
	ask($c, 'EHLO client.example');
	return $c;
}

# Up to the content.
sub begin {
	my ($c, @rcpts) = @_;
	ask($c, 'MAIL FROM:<a@example.org>');
	ask($c, "RCPT TO:<$_>") for @rcpts ? @rcpts : 'b@example.net';
}

sub data {
	my ($c, $content, @rcpts) = @_;
	begin($c, @rcpts);
	ask($c, 'DATA');
	send_raw($c, "$content.\r\n");
	return reply($c);
}

# --- TLS

# gnutls-cli as a pipe.
sub dial_tls {
	my ($port, @options) = @_;
	my $pid = open2(my $out, my $in, 'exec gnutls-cli --logfile=/dev/null '
	    . "--x509cafile=$tmp/certs/ca.pem @options -p $port localhost "
	    . "2>$tmp/tls-errors");
	return { fd => $out, in => $in, buf => '', pid => $pid };
}

sub ask_tls {
	my ($c, $line) = @_;
	syswrite $c->{in}, "$line\r\n";
	return reply($c);
}

# The exit code of gnutls-cli; wait: let the server end the connection.
sub hang_up {
	my ($c, $wait) = @_;
	1 while $wait && fill($c);
	close $c->{in};
	1 while fill($c);
	waitpid $c->{pid}, 0;
	return $? >> 8;
}

1;
