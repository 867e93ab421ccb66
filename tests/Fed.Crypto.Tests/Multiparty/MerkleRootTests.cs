using System.Security.Cryptography;
using Fed.Crypto.Multiparty;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Merkle roots after RFC 6962: known answers, the recursive definition, and what prefixes are for.</summary>
public sealed class MerkleRootTests
{
    /// <summary>Entries and roots of the reference implementation of Certificate Transparency (github.com/google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc).</summary>
    private static readonly (string Entry, string Root)[] Known =
    [
        ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ];

    [Fact]
    public void Roots_are_those_of_certificate_transparency()
    {
        Assert.Equal(Hash256.Of([]), new MerkleRoot().Close());
        for (int count = 1; count <= Known.Length; count++)
        {
            MerkleRoot tree = new();
            foreach ((string entry, _) in Known[..count]) tree.Add(Convert.FromHexString(entry));
            Assert.Equal(Known[count - 1].Root, tree.Close().ToString(), ignoreCase: true);
        }
    }

    [Fact]
    public void Roots_follow_the_recursive_definition() => Prop.ForAll<byte[][]>(static entries =>
    {
        MerkleRoot tree = new();
        for (int again = 0; again < 2; again++)   // a closed tree begins anew
        {
            foreach (byte[] entry in entries) tree.Add(entry);
            Assert.Equal(new Hash256(Defined(entries)), tree.Close());
        }
    }).Check(Config.QuickThrowOnFailure);

    /// <summary>Changing, dropping, doubling or swapping an entry changes the root; so does another number of entries, which the layout fixes besides.</summary>
    [Fact]
    public void Other_entries_have_another_root() => Prop.ForAll<byte, byte, byte>(static (count, place, other) =>
    {
        Hash256[] entries = [.. Enumerable.Range(0, (count % 40) + 2).Select(static i => Hash256.Of([(byte)i]))];
        int at = place % entries.Length, with = other % entries.Length;
        Hash256[] swapped = [.. entries];
        (swapped[at], swapped[with]) = (swapped[with], swapped[at]);
        Hash256 root = MerkleRoot.Of(entries);
        Assert.NotEqual(root, MerkleRoot.Of([.. entries[..at], Hash256.Of("another"u8), .. entries[(at + 1)..]]));
        Assert.NotEqual(root, MerkleRoot.Of([.. entries[..at], .. entries[(at + 1)..]]));
        Assert.NotEqual(root, MerkleRoot.Of([.. entries, entries[^1]]));   // the odd one is not doubled
        if (at != with) Assert.NotEqual(root, MerkleRoot.Of(swapped));
    }).Check(Config.QuickThrowOnFailure);

    /// <summary>Without prefixes the two children of a node are an entry with the same hash: a shorter vector with the same root. With them they are not.</summary>
    [Fact]
    public void A_node_is_no_entry() => Prop.ForAll<byte[], byte[], byte[]>(static (left, right, third) =>
    {
        byte[][] entries = [left, right, third];
        byte[] weak = [.. SHA256.HashData(left), .. SHA256.HashData(right)];
        Assert.Equal(Unprefixed(entries), Unprefixed([weak, third]));   // the attack, on what this is not

        foreach (byte[] forged in (byte[][])[[.. Entry(left), .. Entry(right)], [1, .. Entry(left), .. Entry(right)], weak, Node(Entry(left), Entry(right))])
        {
            MerkleRoot honest = new(), shorter = new();
            foreach (byte[] entry in entries) honest.Add(entry);
            shorter.Add(forged);
            shorter.Add(third);
            Assert.NotEqual(honest.Close(), shorter.Close());
        }
    }).Check(Config.QuickThrowOnFailure);

    private static byte[] Defined(byte[][] entries)
    {
        if (entries.Length == 0) return SHA256.HashData([]);
        if (entries.Length == 1) return Entry(entries[0]);
        int left = 1;
        while (left * 2 < entries.Length) left *= 2;
        return Node(Defined(entries[..left]), Defined(entries[left..]));
    }

    private static byte[] Unprefixed(byte[][] entries)
    {
        if (entries.Length == 1) return SHA256.HashData(entries[0]);
        int left = 1;
        while (left * 2 < entries.Length) left *= 2;
        return SHA256.HashData([.. Unprefixed(entries[..left]), .. Unprefixed(entries[left..])]);
    }

    private static byte[] Entry(byte[] entry) => SHA256.HashData([0, .. entry]);

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([1, .. left, .. right]);
}
