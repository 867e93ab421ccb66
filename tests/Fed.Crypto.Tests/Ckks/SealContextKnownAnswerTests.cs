using System.Text.Json;
using Fed.Crypto.Ckks;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>Levels as SEAL 4.4.3 made them (tests/data/seal, meta.json).</summary>
public sealed class SealContextKnownAnswerTests
{
    public static TheoryData<string> Sets => SealSet.Names;

    [Theory]
    [MemberData(nameof(Sets))]
    public void Every_level_has_SEALs_id_primes_roots_and_index(string name)
    {
        SealSet set = SealSet.Get(name);
        JsonElement[] expected = [.. set.Meta.GetProperty("levels").EnumerateArray()];
        ContextData[] levels = [.. set.Context.Levels];
        Assert.Equal(expected.Length, levels.Length);
        foreach ((JsonElement seal, ContextData level) in expected.Zip(levels))
        {
            Assert.Equal(seal.GetProperty("parms_id_hex").GetString(), level.ParmsId.ToString());
            Assert.Equal(Words(seal, "parms_id_u64"), new[] { level.ParmsId.Word0, level.ParmsId.Word1, level.ParmsId.Word2, level.ParmsId.Word3 });
            Assert.Equal(Words(seal, "primes"), level.Ring.Moduli.Select(static q => q.Value));
            Assert.Equal(Words(seal, "minimal_2N_root"), Enumerable.Range(0, level.CoeffModulusSize).Select(i => level.Ring.Tables(i).Root));
            Assert.Equal(seal.GetProperty("chain_index").GetInt32(), level.ChainIndex);
            Assert.Equal(seal.GetProperty("is_key_level").GetBoolean(), level == set.Context.KeyContextData);
            Assert.Same(level, set.Context.GetContextData(level.ParmsId));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Parameters_made_here_are_the_ones_SEAL_saved(string name)
    {
        SealSet set = SealSet.Get(name);
        int n = set.Meta.GetProperty("N").GetInt32();
        int[] sizes = [.. set.Meta.GetProperty("bit_sizes").EnumerateArray().Select(static b => b.GetInt32())];
        EncryptionParameters own = new(n, CoeffModulus.Create(n, sizes));
        Assert.Equal(set.Read("parms.bin"), own.Save());
        Assert.Equal(set.Context.KeyParmsId, own.ParmsId);
    }

    private static ulong[] Words(JsonElement level, string property) =>
        [.. level.GetProperty(property).EnumerateArray().Select(static w => ulong.Parse(w.GetString()!, System.Globalization.CultureInfo.InvariantCulture))];
}
