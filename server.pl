use IO::Socket::INET;
$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die;
while ($c = $s->accept) { $n++; print $c "hello\n"; close $c }
