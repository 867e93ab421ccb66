namespace Fed.Crypto.Multiparty;

/// <summary>What a holder's share is for.</summary>
public enum ShareKind
{
    /// <summary>One polynomial: c1 times the holder's part of the secret, smudged. t of them and c0 give the sum.</summary>
    Decryption = 1,

    /// <summary>Two polynomials: the same, encrypted to an outside receiver. t of them and c0 give a ciphertext of the receiver's.</summary>
    KeySwitch = 2,
}
