namespace Fed.Crypto.Multiparty;

/// <summary>What a holder's share is for.</summary>
public enum ShareKind
{
    /// <summary>One polynomial: the holder's part of the secrets of all contributors times the polynomials of the attempt, smudged. t of them and the sum of ciphertexts give the sum.</summary>
    Decryption = 1,

    /// <summary>Two polynomials: the same, encrypted to an outside receiver. t of them and that sum give a ciphertext of the receiver's.</summary>
    KeySwitch = 2,
}
