package io.peregrine.cli.serve.picture;

import java.net.Inet4Address;
import java.net.InetAddress;

/// Tells addresses of the public internet from all others: those of this machine and its networks, of documentation,
/// of tunnels that lead to other addresses, and those that nobody has (the special-purpose registries of IANA,
/// RFC 6890).
final class PublicAddress {

    /// Blocks of IPv4 that are not public: first address and bits of the prefix.
    private static final int[][] V4 = {
        {0x00000000, 8}, // this network
        {0x0A000000, 8}, // private
        {0x64400000, 10}, // shared by providers
        {0x7F000000, 8}, // loopback
        {0xA9FE0000, 16}, // link-local, and the metadata of clouds
        {0xAC100000, 12}, // private
        {0xC0000000, 24}, // protocol assignments
        {0xC0000200, 24}, // documentation
        {0xC0586300, 24}, // 6to4 relays
        {0xC0A80000, 16}, // private
        {0xC6120000, 15}, // benchmarks
        {0xC6336400, 24}, // documentation
        {0xCB007100, 24}, // documentation
        {0xE0000000, 4}, // multicast
        {0xF0000000, 4}, // reserved, and broadcast
    };

    /// Blocks within the global unicast addresses of IPv6 (2000::/3) that are not public, by their first 32 bits.
    private static final int[][] V6 = {
        {0x20010000, 23}, // protocol assignments, Teredo, ORCHID
        {0x20010DB8, 32}, // documentation
        {0x20020000, 16}, // 6to4
        {0x3FFF0000, 20}, // documentation
    };

    private PublicAddress() {}

    static boolean is(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = (bytes[0] & 0xFF) << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
        if (address instanceof Inet4Address) {
            return !isIn(V4, first);
        }
        return first >>> 29 == 1 && !isIn(V6, first);
    }

    private static boolean isIn(int[][] blocks, int address) {
        for (int[] block : blocks) {
            if ((address ^ block[0]) >>> (32 - block[1]) == 0) {
                return true;
            }
        }
        return false;
    }
}
