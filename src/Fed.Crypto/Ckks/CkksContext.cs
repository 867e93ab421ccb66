using System.Collections.Immutable;
using System.Numerics;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Ckks;

/// <summary>
/// SEAL's <c>SEALContext</c>: checked parameters and their modulus switching chain. The listed primes are the key level; the first data level lacks the last
/// one (the special prime), and each further level one more. With a single prime, key level and data level are the same.
/// </summary>
/// <remarks>Immutable and safe for all threads.</remarks>
public sealed class CkksContext
{
    private readonly ImmutableDictionary<ParmsId, ContextData> _levels;

    /// <summary>Checks parameters and makes every level.</summary>
    /// <param name="parameters">What to check.</param>
    /// <param name="securityLevel">The least security; 128-bit classical if absent.</param>
    /// <exception cref="InvalidParametersException">Below the security level, a prime without an NTT of this degree, a repeated prime, a degree outside the table.</exception>
    public CkksContext(EncryptionParameters parameters, SecurityLevel? securityLevel = null)
    {
        Parameters = parameters;
        SecurityLevel = securityLevel ?? SecurityLevel.Classical128;
        ImmutableArray<Modulus> primes = parameters.CoeffModulus;
        // Before any table is made: what is refused costs nothing.
        SecurityLevel.Require(parameters.PolyModulusDegree, TotalBits(primes), SecurityLevel);
        RnsRing ring = new(parameters.PolyModulusDegree, primes);
        int dataPrimes = Math.Max(1, primes.Length - 1);
        KeyContextData = new ContextData(ring, chainIndex: primes.Length > 1 ? dataPrimes : 0, previous: null);
        ImmutableDictionary<ParmsId, ContextData>.Builder levels = ImmutableDictionary.CreateBuilder<ParmsId, ContextData>();
        levels.Add(KeyContextData.ParmsId, KeyContextData);
        ContextData level = KeyContextData;
        FirstContextData = KeyContextData;
        for (int k = primes.Length - 1; k > 0; k--)
        {
            level = new ContextData(ring.Prefix(k), k - 1, level);
            levels.Add(level.ParmsId, level);
            if (k == dataPrimes) FirstContextData = level;
        }
        LastContextData = level;
        _levels = levels.ToImmutable();
    }

    /// <summary>The parameters, as given.</summary>
    public EncryptionParameters Parameters { get; }

    /// <summary>The security that was asked for, and is met.</summary>
    public SecurityLevel SecurityLevel { get; }

    /// <summary>Ring degree N.</summary>
    public int PolyModulusDegree => Parameters.PolyModulusDegree;

    /// <summary>Numbers of one plaintext: N/2.</summary>
    public int SlotCount => PolyModulusDegree / 2;

    /// <summary>The level of keys: every prime.</summary>
    public ContextData KeyContextData { get; }

    /// <summary>The highest level of data.</summary>
    public ContextData FirstContextData { get; }

    /// <summary>The lowest level: one prime.</summary>
    public ContextData LastContextData { get; }

    /// <summary>The id of the level of keys.</summary>
    public ParmsId KeyParmsId => KeyContextData.ParmsId;

    /// <summary>The id of the highest level of data.</summary>
    public ParmsId FirstParmsId => FirstContextData.ParmsId;

    /// <summary>The id of the lowest level.</summary>
    public ParmsId LastParmsId => LastContextData.ParmsId;

    /// <summary>The levels from the key level down.</summary>
    public IEnumerable<ContextData> Levels
    {
        get
        {
            for (ContextData? level = KeyContextData; level is not null; level = level.NextContextData) yield return level;
        }
    }

    /// <summary>The level of an id, or null.</summary>
    public ContextData? GetContextData(ParmsId parmsId) => _levels.GetValueOrDefault(parmsId);

    /// <summary>The level of an id, where data may be.</summary>
    /// <exception cref="CkksMismatchException">No level of this context, or the pure key level.</exception>
    internal ContextData RequireDataLevel(ParmsId parmsId)
    {
        ContextData level = GetContextData(parmsId)
            ?? throw new CkksMismatchException($"parms_id {parmsId} is no level of this context, whose first data level is {FirstParmsId}");
        return IsDataLevel(level) ? level : throw new CkksMismatchException($"parms_id {parmsId} is the key level, which holds no data; the first data level is {FirstParmsId}");
    }

    /// <summary>Refuses a key of another context.</summary>
    internal void RequireKey(ParmsId parmsId)
    {
        if (parmsId != KeyParmsId) throw new CkksMismatchException($"the key's parms_id {parmsId} is not this context's key level {KeyParmsId}");
    }

    internal bool IsDataLevel(ContextData level) => level.ChainIndex <= FirstContextData.ChainIndex;

    private static int TotalBits(ImmutableArray<Modulus> primes)
    {
        BigInteger product = BigInteger.One;
        foreach (Modulus q in primes) product *= q.Value;
        return (int)product.GetBitLength();
    }
}
