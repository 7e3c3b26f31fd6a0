#!/usr/bin/perl
# Behaves towards a test as the program does: `serve` and `token create`.
use strict;
use warnings;
use IO::Socket::INET;
$| = 1;

my ($verb, @rest) = @ARGV;
my %option;
for my $at (0 .. $#rest) {
    $option{$1} = $rest[$at + 1] // '' if $rest[$at] =~ /^--(.*)/;
}

if ($verb eq 'token') {
    print qq({"token": "secret of $option{name} for $option{scope}"}\n);
    exit 0;
}
if (exists $option{refuse}) {
    print STDERR "the port is in use\n";
    exit 1;
}

mkdir $option{'data-dir'};
my $listener = IO::Socket::INET->new(LocalAddr => $option{listen}, Listen => 5) or die $!;
$SIG{TERM} = sub { exit 0 };
print "MTM_X=$ENV{MTM_X}\n" if $ENV{MTM_X};
print 'Open http://127.0.0.1:', $listener->sockport, "/setup?token=x to begin\n";

my $asked = 0;
while (my $client = $listener->accept) {
    my $request = <$client> // '';
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
    # Ready only when asked for the second time, as a program that still migrates.
    my $status = $request !~ m{/readyz} ? '404 No' : $asked++ ? '200 OK' : '503 Wait';
    print $client "HTTP/1.1 $status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    close $client;
}
