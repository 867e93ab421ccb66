namespace Fed.Crypto.Ring;

/// <summary>Products of residues by vectors.</summary>
/// <typeparam name="TSelf">The implementation, which holds the constants of one prime.</typeparam>
/// <typeparam name="TVector">A hardware vector of 64-bit lanes.</typeparam>
internal interface IResidueProduct<TSelf, TVector>
    where TSelf : struct, IResidueProduct<TSelf, TVector>
    where TVector : struct
{
    static abstract TSelf Create(Modulus q);

    /// <summary><c>a · b mod q</c>, all in <c>[0, q)</c>.</summary>
    TVector ResidueProduct(TVector a, TVector b);
}
