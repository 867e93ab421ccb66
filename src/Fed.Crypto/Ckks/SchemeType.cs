namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>scheme_type</c>, with its numbers on the wire. Only <see cref="Ckks"/> is implemented.</summary>
public enum SchemeType : byte
{
    /// <summary>No scheme: SEAL's value of parameters that were never set.</summary>
    None = 0,

    /// <summary>Brakerski/Fan-Vercauteren, exact integers; refused here.</summary>
    Bfv = 1,

    /// <summary>Cheon-Kim-Kim-Song, approximate numbers.</summary>
    Ckks = 2,

    /// <summary>Brakerski-Gentry-Vaikuntanathan, exact integers; refused here.</summary>
    Bgv = 3,
}
